import { nxEntries } from '../shared/appended-paths.ts';
import type { EntryPath } from '../shared/entry-path.ts';
import { isTeamName } from '../shared/namespaces.ts';
import { parseToolPath } from '../shared/tool-path.ts';

export const nxMount = '/v1';
/** The prefix of a team's name. */
export const nxTeamsMount = '/nx';

/** What a path of the form `[/nx/<team>]/v1/cache/<hash>` names. */
export type NxPath = EntryPath;

/**
 * Reads a request's path. Nx appends `/v1/cache/<hash>` to the server's address as configured, so a
 * team's own cache is the address `http://host/nx/<team>`.
 */
export function parseNxPath(url: string): NxPath {
  if (url.startsWith('/v1/')) return readTail('', url);
  const path = parseToolPath(url, nxTeamsMount, 'nx');
  if (path.kind !== 'path') return path;
  const team = path.segments[0] ?? '';
  if (!isTeamName(team)) return { kind: 'invalid', reason: nxForm };
  return readTail(team, url.slice(`${nxTeamsMount}/${team}`.length));
}

/** The path of an entry. */
export function nxPath(team: string, hash: string): string {
  return `${team === '' ? '' : `${nxTeamsMount}/${team}`}${nxEntries}/${hash}`;
}

const nxForm =
  'a path must have the form [/nx/<team>]/v1/cache/<hash of up to 64 letters and digits>';

/** Nx 24 sends decimal numbers of up to 20 digits; the contract says only that it is text. */
const hashForm = new RegExp(`^${nxEntries}/([0-9A-Za-z_-]{1,64})/?$`);

function readTail(team: string, tail: string): NxPath {
  const hash = hashForm.exec(tail)?.[1];
  return hash === undefined
    ? { kind: 'invalid', reason: nxForm }
    : { kind: 'entry', team, key: hash };
}
