/**
 * A text without the secrets of the URLs in it: the user-info, which may be a password, and the
 * values of query parameters that are named like one. Leaves out too much rather than too little.
 */
export function withoutPasswords(text: string): string {
  return text.replace(userInfo, '$1').replace(secretParameter, '$1…');
}

/**
 * Up to the last `@` before the path; where a password is not encoded as it should be, up to the last
 * `@` after something that is not a port. A quotation mark ends it only where it ends a quotation.
 */
const userInfo =
  /\b([a-z][a-z\d+.-]*:\/\/)(?:(?:[^\s/?#'"]|['"](?![\s,.;:)\]}]|$))*@|(?!\[)[^\s/?#@:'"]*:(?!\d{1,5}(?:[/?#\s]|$))\S*@)/gi;

const secretParameter =
  /([?&;](?:[^=&#\s]*[_.-])?(?:access_?key|api_?key|auth|credentials?|key|pass|passwd|password|pwd|secret|sig|signature|token)=)[^&#\s'"]+/gi;
