/**
 * First path segments that belong to a protocol or to the server itself. They win over a Bazel
 * instance of the same name: what lies below them is never read as an instance's entry.
 */
export const reservedMounts = [
  'api',
  'blobs',
  'cache',
  'ccache',
  'dav',
  'gradle',
  'healthz',
  'maven',
  'metrics',
  'nx',
  'readyz',
  'rush',
  'v1',
  'v8',
] as const;

export type ReservedMount = (typeof reservedMounts)[number];

/** Whether a path's first segment is a reserved mount. */
export function isUnderReservedMount(url: string): boolean {
  const end = url.slice(1).search(/[/?#]/);
  return names.has(end < 0 ? url.slice(1) : url.slice(1, end + 1));
}

/** Whether an instance name's first segment is a reserved mount. */
export function startsWithReservedMount(instance: string): boolean {
  const end = instance.indexOf('/');
  return names.has(end < 0 ? instance : instance.slice(0, end));
}

const names: ReadonlySet<string> = new Set(reservedMounts);
