import { type AppendingClient, appendingClientOf } from './appended-paths.ts';

/** A request's path below a mount, taken apart and decoded. */
export type ToolPath =
  | {
      readonly kind: 'path';
      readonly segments: readonly string[];
      /** Whether it ends with a slash, as the name of a collection does. */
      readonly isCollection: boolean;
      /** What follows the question mark; empty where there is none. */
      readonly query: string;
    }
  /** It lies below the mount, and is wrong. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** It lies elsewhere. */
  | { readonly kind: 'other' };

/** Longest decoded path below a mount, in bytes of UTF-8. It becomes a key of the index. */
export const toolPathBytesMax = 512;

/**
 * Reads a path below a mount such as `/gradle`. It refuses rather than normalises: `.`, `..`, empty
 * segments, control characters, backslashes and what is not UTF-8. An encoded slash is part of a
 * segment; keys are not file names, so nothing can be escaped from.
 *
 * What another tool's client appended to the mount is refused as well.
 * @param own the client whose appended paths this mount is for.
 */
export function parseToolPath(url: string, mount: string, own?: AppendingClient): ToolPath {
  if (!url.startsWith(mount)) return { kind: 'other' };
  const next = url[mount.length];
  if (next !== undefined && next !== '/' && next !== '?') return { kind: 'other' };
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url.slice(mount.length) : url.slice(mount.length, queryAt);
  const query = queryAt < 0 ? '' : url.slice(queryAt + 1);
  const isCollection = path === '' || path.endsWith('/');
  const raw = path.split('/').slice(1);
  if (isCollection) raw.pop();
  const segments: string[] = [];
  for (const part of raw) {
    const segment = decodeSegment(part);
    if (segment === undefined) return { kind: 'invalid', reason: segmentForm };
    segments.push(segment);
  }
  const decoded = segments.join('/');
  if (Buffer.byteLength(decoded) > toolPathBytesMax) {
    return { kind: 'invalid', reason: `a path has at most ${toolPathBytesMax} bytes` };
  }
  const client = appendingClientOf(decoded);
  if (client !== undefined && client !== own) {
    return { kind: 'invalid', reason: foreignPath(client, mount) };
  }
  return { kind: 'path', segments, isCollection, query };
}

const segmentForm =
  "a path must consist of segments of UTF-8 text, percent-encoded, none of them empty, '.' or '..', without backslashes and control characters";

function foreignPath(client: AppendingClient, mount: string): string {
  return `this is a path of the protocol '${client}', which is not served below ${mount}: give that client the server's address without ${mount}`;
}

const plainAscii = /^[!-~]*$/;
const controlCharacter = /\p{Cc}/u;

function decodeSegment(part: string): string | undefined {
  if (!plainAscii.test(part) || part.includes('#')) return undefined;
  let text: string;
  try {
    text = decodeURIComponent(part);
  } catch {
    return undefined;
  }
  if (text.includes('\\') || controlCharacter.test(text)) return undefined;
  // An encoded slash must not bring in what a plain one may not.
  const isOdd = text.split('/').some((name) => name === '' || name === '.' || name === '..');
  return isOdd ? undefined : text;
}
