import { turborepoEntries } from '../shared/appended-paths.ts';
import { instanceNameBytesMax } from '../shared/namespaces.ts';

export const turborepoMount = '/v8';

/** What a path below `/v8/artifacts` names. */
export type TurborepoPath =
  | { readonly kind: 'status' }
  | { readonly kind: 'events'; readonly team: string }
  /** The batch query. */
  | { readonly kind: 'query'; readonly team: string }
  | { readonly kind: 'artifact'; readonly team: string; readonly hash: string }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'other' };

/** Reads a request's path and query. */
export function parseTurborepoPath(url: string): TurborepoPath {
  if (!url.startsWith('/v8/')) return { kind: 'other' };
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const team = teamOf(queryAt < 0 ? '' : url.slice(queryAt + 1));
  if (team === undefined) {
    return { kind: 'invalid', reason: teamForm };
  }
  const rest = pathForm.exec(path);
  if (rest === null) return { kind: 'invalid', reason: turborepoForm };
  const name = rest[1];
  if (name === undefined) return { kind: 'query', team };
  if (name === 'status') return { kind: 'status' };
  if (name === 'events') return { kind: 'events', team };
  return { kind: 'artifact', team, hash: name };
}

/** The path of an artifact. */
export function turborepoPath(team: string, hash: string): string {
  return `${turborepoEntries}/${hash}${team === '' ? '' : `?teamId=${encodeURIComponent(team)}`}`;
}

const turborepoForm =
  'a path must have the form /v8/artifacts/<hash of up to 128 letters and digits>, …/status or …/events';
const pathForm = new RegExp(`^${turborepoEntries}(?:/(?:([\\w-]{1,128})/?)?)?$`);
const teamForm = `teamId, slug and team must be UTF-8 text, percent-encoded, of up to ${instanceNameBytesMax} bytes without control characters`;
const controlCharacter = /\p{Cc}/u;

/**
 * The team, by id, slug or (as another server has it) name; empty where none is given, `undefined`
 * where it is odd. Any text is a team's name, and it is taken as it is: were anything folded or
 * replaced, two teams could read and replace each other's artifacts.
 */
function teamOf(query: string): string | undefined {
  const parameters = new Map<string, string>();
  for (const part of query.split('&')) {
    const end = part.includes('=') ? part.indexOf('=') : part.length;
    const name = decode(part.slice(0, end));
    const value = decode(part.slice(end + 1));
    if (name === undefined || value === undefined) return undefined;
    if (!parameters.has(name)) parameters.set(name, value);
  }
  const team = ['teamId', 'slug', 'team'].map((name) => parameters.get(name)).find(Boolean) ?? '';
  const isOdd = controlCharacter.test(team) || Buffer.byteLength(team) > instanceNameBytesMax;
  return isOdd ? undefined : team;
}

/** A name or value of a query; `undefined` where it is not the encoding of UTF-8 text. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** What a client sends about an artifact besides its bytes, and gets back with them. */
export interface ArtifactMetadata {
  /** How long the task took, whole milliseconds. */
  readonly durationMs?: number;
  /** The client's signature, opaque here: `x-artifact-tag`. */
  readonly tag?: string;
  /** The commit: `x-artifact-sha`. */
  readonly sha?: string;
  readonly dirtyHash?: string;
  readonly clientCi?: string;
  readonly clientInteractive?: string;
}

/** Which header carries what. `durationMs` is the one number. */
export const metadataHeaders: Readonly<Record<keyof ArtifactMetadata, string>> = {
  durationMs: 'x-artifact-duration',
  tag: 'x-artifact-tag',
  sha: 'x-artifact-sha',
  dirtyHash: 'x-artifact-dirty-hash',
  clientCi: 'x-artifact-client-ci',
  clientInteractive: 'x-artifact-client-interactive',
};

/** Longest value of a metadata header, in characters. */
export const metadataValueCharsMax = 1024;
