import type { EntryPath } from '../shared/entry-path.ts';
import { isTeamName } from '../shared/namespaces.ts';
import { parseToolPath } from '../shared/tool-path.ts';

export const genericMount = '/blobs';

/** What a path of the form `/blobs/<namespace>/<key>` names. */
export type GenericPath = EntryPath;

/** Reads a request's path. A key is free text and may hold slashes. */
export function parseGenericPath(url: string): GenericPath {
  const path = parseToolPath(url, genericMount);
  if (path.kind !== 'path') return path;
  const [team = '', ...key] = path.segments;
  if (!isTeamName(team) || key.length === 0 || path.isCollection || path.query !== '') {
    return { kind: 'invalid', reason: genericForm };
  }
  return { kind: 'entry', team, key: key.join('/') };
}

/** The path of an entry. */
export function genericPath(team: string, key: string): string {
  return `${genericMount}/${team}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

const genericForm =
  'a path must have the form /blobs/<namespace of letters, digits and ._->/<key>, without a query';
