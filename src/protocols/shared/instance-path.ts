/** An instance name as a path: each segment encoded, '' for none. */
export function instancePath(instance: string): string {
  const segments = instance.split('/').filter((segment) => segment !== '');
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}
