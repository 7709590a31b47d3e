/** Entries that a client of one protocol could store, in one of the forms that it has. */
export interface EntryExample {
  /** Which form it is, where the protocol has several. */
  readonly form?: string;
  /** What precedes the keys: a path, or the prefix of keys that are not paths. */
  readonly prefix: string;
  /** Keys of the tool's own form, all different. */
  readonly keys: readonly [string, string, string];
  /** What follows the keys. Default: nothing. */
  readonly query?: string;
  /** The method that stores. Default PUT. */
  readonly storeMethod?: string;
}

/**
 * Three keys of the given number of hex characters, at most 128, each in the form that `write`
 * makes.
 */
export function hexKeys(
  length: number,
  write: (key: string) => string = (key) => key,
): EntryExample['keys'] {
  const key = (text: string): string => write(text.repeat(8).slice(0, length));
  return [key('0123456789abcdef'), key('fedcba9876543210'), key('0011223344556677')];
}
