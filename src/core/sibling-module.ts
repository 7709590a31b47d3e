/**
 * The URL of a module beside the caller, for a worker thread or a child process: `.ts` while the
 * sources run under tsx, `.js` in dist/.
 */
export function siblingModule(callerUrl: string, nameWithoutExtension: string): URL {
  const extension = callerUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${nameWithoutExtension}${extension}`, callerUrl);
}
