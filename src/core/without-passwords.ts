/** A text without the user-info of the URLs in it, which may be a password. */
export function withoutPasswords(text: string): string {
  return text.replace(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#'"]*@/gi, '$1');
}
