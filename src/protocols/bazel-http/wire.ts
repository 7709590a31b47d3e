import { parseSha256, type Sha256 } from '../../core/index.ts';
import { bazelSpace } from '../shared/appended-paths.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import { instanceNameBytesMax } from '../shared/namespaces.ts';

/** What a path of the form `[/<instance…>]/(ac|cas)/<64 hex>` names. */
export type BazelPath =
  | {
      readonly kind: 'entry';
      readonly space: 'ac' | 'cas';
      readonly namespace: string;
      readonly hash: Sha256;
    }
  /** It is of this protocol, and wrong. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** It is not of this protocol. */
  | { readonly kind: 'other' };

/**
 * Reads a request's path. It refuses rather than guesses: no normalising, no case folding; but a
 * slash at the end changes nothing, since a hash has none.
 */
export function parseBazelPath(path: string, reserved: ReservedMounts): BazelPath {
  const url = path.endsWith('/') ? path.slice(0, -1) : path;
  const hashStart = url.length - hashChars;
  const space = spaceBefore(url, hashStart);
  const hash = space === undefined ? undefined : parseSha256(url.slice(hashStart));
  if (space === undefined || hash === undefined) return notAnEntry(path, reserved);
  const namespace = parseInstance(url.slice(0, hashStart - space.length - 1), reserved);
  if (namespace !== '' && reserved.covers(url)) return { kind: 'other' };
  if (namespace === undefined) return { kind: 'invalid', reason: instanceForm };
  return { kind: 'entry', space, namespace, hash };
}

/** Where an entry is found: the path that {@link parseBazelPath} reads back. */
export function bazelPath(space: 'ac' | 'cas', instance: string, hash: string): string {
  const prefix = instance === '' ? '' : `/${instance.split('/').map(encodeURIComponent).join('/')}`;
  return `${prefix}/${space}/${hash}`;
}

const hashChars = 64;
const instanceForm = `the instance name must be segments of printable characters, at most ${instanceNameBytesMax} bytes, none of them '.' or '..', the first without a colon`;
const plainInstance = /^[\w-]+(?:\/[\w-]+)*$/;
const controlCharacter = /\p{Cc}/u;

function spaceBefore(url: string, hashStart: number): 'ac' | 'cas' | undefined {
  if (url.startsWith('/ac/', hashStart - 4)) return 'ac';
  if (url.startsWith('/cas/', hashStart - 5)) return 'cas';
  return undefined;
}

function notAnEntry(url: string, reserved: ReservedMounts): BazelPath {
  const space = bazelSpace.exec(url)?.[1];
  if (space === undefined || reserved.covers(url)) return { kind: 'other' };
  return {
    kind: 'invalid',
    reason: `a path must have the form [/<instance>]/${space}/<64 lower-case hex characters>`,
  };
}

/** The instance name in `/`, `//` (both empty) or `/<segments>/`; `undefined` if it is odd. */
function parseInstance(prefix: string, reserved: ReservedMounts): string | undefined {
  if (prefix === '/' || prefix === '//') return '';
  if (!prefix.startsWith('/') || !prefix.endsWith('/')) return undefined;
  const encoded = prefix.slice(1, -1);
  if (plainInstance.test(encoded)) {
    return encoded.length <= instanceNameBytesMax ? encoded : undefined;
  }
  const segments: string[] = [];
  for (const part of encoded.split('/')) {
    const segment = decodeSegment(part);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  const name = segments.join('/');
  return reserved.allowsInstance(name) && Buffer.byteLength(name) <= instanceNameBytesMax
    ? name
    : undefined;
}

function decodeSegment(part: string): string | undefined {
  if (part.includes('?') || part.includes('#')) return undefined;
  let segment: string;
  try {
    segment = decodeURIComponent(part);
  } catch {
    return undefined;
  }
  const odd = segment === '' || segment === '.' || segment === '..';
  if (odd || /[/\\]/.test(segment) || controlCharacter.test(segment)) return undefined;
  return segment;
}
