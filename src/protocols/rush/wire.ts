import type { EntryPath } from '../shared/entry-path.ts';
import { parseToolPath } from '../shared/tool-path.ts';

export const rushMount = '/rush';

/** What a path of the form `/rush/<id>` names. Ids are free text: scopes, slashes, plus and at signs. */
export type RushPath = EntryPath;

/** Reads a request's path. */
export function parseRushPath(url: string): RushPath {
  const path = parseToolPath(url, rushMount);
  if (path.kind !== 'path') return path;
  if (path.isCollection || path.query !== '') {
    return {
      kind: 'invalid',
      reason: 'a path must have the form /rush/<cache id>, without a query',
    };
  }
  return { kind: 'entry', key: path.segments.join('/') };
}
