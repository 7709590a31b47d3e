/** The line in which a server says on stdout where it listens, for programs that start one. */
export function listeningLine(url: string): string {
  return `memobuild listening on ${url}`;
}

/**
 * Recognises such a line; its first group is the URL, without a slash at the end.
 * @param scheme of the URL, as a pattern. Default: any.
 */
export function listeningLinePattern(scheme = '\\w+'): RegExp {
  return new RegExp(`^${listeningLine(`(${scheme}://\\S+?)`)}/?$`);
}
