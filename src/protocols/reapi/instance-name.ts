import { CacheError } from '../../core/index.ts';
import { instanceNameBytesMax, isInstanceName } from '../shared/namespaces.ts';

/**
 * Takes a request's instance name for the namespace of its action cache: the same names that paths
 * of the HTTP cache take, so that both serve the same entries. Words that resource names are cut at
 * are refused, as the Remote Execution API asks.
 * @throws {CacheError} `bad_request`.
 */
export function parseInstanceName(text: string): string {
  if (text === '' || (plain.test(text) && text.length <= instanceNameBytesMax && !reserved(text))) {
    return text;
  }
  for (const segment of text.split('/')) {
    const odd = segment === '' || segment === '.' || segment === '..';
    if (odd || segment.includes('\\') || controlCharacter.test(segment)) {
      throw new CacheError('bad_request', `instance_name takes ${form}`);
    }
  }
  if (Buffer.byteLength(text) > instanceNameBytesMax || reserved(text)) {
    throw new CacheError('bad_request', `instance_name takes ${form}`);
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

function reserved(text: string): boolean {
  return !isInstanceName(text) || text.split('/').some((segment) => resourceKeywords.has(segment));
}
