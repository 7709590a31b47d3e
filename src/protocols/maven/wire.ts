import { parseToolPath } from '../shared/tool-path.ts';

export const mavenMount = '/maven';

/** What a path of the form `/maven/<path…>` names: the path is the key, whatever it holds. */
export type MavenPath =
  | { readonly kind: 'entry'; readonly key: string }
  | { readonly kind: 'collection' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'other' };

/**
 * Reads a request's path: `v1[.x]/<groupId>/<artifactId>/<checksum>/<file>` and
 * `<buildId>/build-cache-report.xml`, below whatever the configured address has before them.
 */
export function parseMavenPath(url: string): MavenPath {
  const path = parseToolPath(url, mavenMount);
  if (path.kind !== 'path') return path;
  if (path.query !== '')
    return { kind: 'invalid', reason: 'a path below /maven may have no query' };
  if (path.isCollection) return { kind: 'collection' };
  return { kind: 'entry', key: path.segments.join('/') };
}
