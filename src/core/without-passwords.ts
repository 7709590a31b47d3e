/**
 * A text without the secrets of the URLs in it: the user-info, which may be a password, and the
 * values of query parameters that are named like one. Leaves out too much rather than too little.
 */
export function withoutPasswords(text: string): string {
  return text.replace(userInfo, '$1').replace(secretParameter, '$1…');
}

/**
 * Up to the last `@` before the path; where a password is not encoded as it should be, up to the last
 * `@` after something that is not a port, and where it has a space, up to the end of that `@`'s word. A
 * quotation mark ends it only where it ends a quotation.
 */
const userInfo = new RegExp(
  [
    String.raw`\b([a-z][a-z\d+.-]*:\/\/)(?:`,
    String.raw`(?:[^\s/?#'"]|['"](?![\s,.;:)\]}]|$))*@`,
    String.raw`|(?!\[)[^\s/?#@:'"]*:(?!\d{1,5}(?:[/?#\s]|$))\S*@`,
    String.raw`|(?!\[)[^\n/?#@:'"]*:(?!\d{1,5}(?:[/?#\s]|$))(?!\/\/|\s)(?:[^\n@'"]|['"](?![\s,.;:)\]}]|$))*@(?:\S*@)?`,
    ')',
  ].join(''),
  'gi',
);

const secretParameter =
  /([?&;](?:[^=&#\s]*[_.-])?(?:access_?key|api_?key|auth|credentials?|key|pass|passwd|password|pwd|secret|sig|signature|token)=)[^&#\s'"]+/gi;
