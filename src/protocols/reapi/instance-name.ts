import { CacheError } from '../../core/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import { instanceNameBytesMax } from '../shared/namespaces.ts';

/**
 * Takes a request's instance name for the namespace of its action cache: the same names that paths
 * of the HTTP cache take, so that both serve the same entries. The keywords of resource names are
 * refused, as the Remote Execution API requires.
 * @throws {CacheError} `bad_request`.
 */
export function parseInstanceName(text: string, reserved: ReservedMounts): string {
  if (text === '') return text;
  const isRefused = !reserved.allowsInstance(text) || hasKeyword(text);
  if (plain.test(text) && text.length <= instanceNameBytesMax && !isRefused) {
    return text;
  }
  for (const segment of text.split('/')) {
    const odd = segment === '' || segment === '.' || segment === '..';
    if (odd || segment.includes('\\') || controlCharacter.test(segment)) {
      throw new CacheError('bad_request', `instance_name must be ${form}`);
    }
  }
  if (Buffer.byteLength(text) > instanceNameBytesMax || isRefused) {
    throw new CacheError('bad_request', `instance_name must be ${form}`);
  }
  return text;
}

/** Where resource names are cut. No segment of an instance name may be one. */
export const resourceKeywords: ReadonlySet<string> = new Set([
  'blobs',
  'uploads',
  'compressed-blobs',
]);

const plain = /^[\w-]+(?:\/[\w-]+)*$/;
const controlCharacter = /\p{Cc}/u;
const form = `segments of printable characters, at most ${instanceNameBytesMax} bytes together, none of them '.', '..', 'blobs', 'uploads' or 'compressed-blobs', the first without ':' and not the mount of another protocol`;

function hasKeyword(text: string): boolean {
  return text.split('/').some((segment) => resourceKeywords.has(segment));
}
