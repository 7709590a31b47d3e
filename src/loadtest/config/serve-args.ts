/**
 * The flag of `memobuild serve` that bounds its store. The server's settings declare it; a run talks to
 * the server by its command line, which may be that of another checkout.
 */
const sizeFlag = '--max-size';

/** Whether arguments for `memobuild serve` bound its store. */
export function boundsStore(serveArgs: readonly string[]): boolean {
  return serveArgs.some((arg) => arg === sizeFlag || arg.startsWith(`${sizeFlag}=`));
}

/** The argument that bounds the store of `memobuild serve`. */
export function storeBound(sizeBytes: number): string {
  return `${sizeFlag}=${sizeBytes}`;
}
