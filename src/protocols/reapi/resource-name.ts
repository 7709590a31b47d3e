import { CacheError } from '../../core/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import { type BlobDigest, checkDigest } from './blob-digest.ts';
import { parseInstanceName, resourceKeywords } from './instance-name.ts';

/** What a ByteStream resource names. */
export interface Resource {
  readonly instance: string;
  readonly compressor: 'identity' | 'zstd';
  readonly digest: BlobDigest;
}

/**
 * Reads `[<instance>/]blobs/[<function>/]<hash>/<size>`, or `compressed-blobs/zstd/` in place of
 * `blobs/`. The instance may hold slashes, so the name is cut at the first keyword, never by position.
 * @throws {CacheError} `bad_request`, `invalid_key`.
 */
export function parseReadResource(name: string, reserved: ReservedMounts): Resource {
  const parts = split(name);
  const at = parts.findIndex((part) => resourceKeywords.has(part));
  if (at < 0 || parts[at] === 'uploads') throw notOfForm(name, readForm);
  const { resource, rest } = parseBlob(name, parts, at, parts.slice(0, at), readForm, reserved);
  if (rest.length > 0) throw notOfForm(name, readForm);
  return resource;
}

/**
 * Reads `[<instance>/]uploads/<id>/` and then as {@link parseReadResource}. Whatever follows the size
 * is the client's own and means nothing here.
 * @throws {CacheError} `bad_request`, `invalid_key`.
 */
export function parseWriteResource(name: string, reserved: ReservedMounts): Resource {
  const parts = split(name);
  const at = parts.findIndex((part) => resourceKeywords.has(part));
  const id = parts[at + 1];
  if (at < 0 || parts[at] !== 'uploads' || id === undefined || id === '') {
    throw notOfForm(name, writeForm);
  }
  return parseBlob(name, parts, at + 2, parts.slice(0, at), writeForm, reserved).resource;
}

const resourceNameCharsMax = 2048;
const blobForm = '(blobs|compressed-blobs/zstd)/[<function>/]<hash>/<size>';
const readForm = `[<instance>/]${blobForm}`;
const writeForm = `[<instance>/]uploads/<id>/${blobForm}[/…]`;

function split(name: string): string[] {
  if (name.length <= resourceNameCharsMax) return name.split('/');
  throw new CacheError(
    'bad_request',
    `resource_name may have at most ${resourceNameCharsMax} characters`,
  );
}

function parseBlob(
  name: string,
  parts: readonly string[],
  at: number,
  instance: readonly string[],
  form: string,
  reserved: ReservedMounts,
): { readonly resource: Resource; readonly rest: readonly string[] } {
  const isCompressed = parts[at] === 'compressed-blobs';
  if (!isCompressed && parts[at] !== 'blobs') throw notOfForm(name, form);
  if (isCompressed && parts[at + 1] !== 'zstd') {
    throw new CacheError(
      'bad_request',
      `compressed-blobs must be followed by zstd, got ${JSON.stringify(parts[at + 1] ?? '')}`,
    );
  }
  let next = at + (isCompressed ? 2 : 1);
  const named = parts[next];
  const digestFunction = named === 'blake3' ? 'blake3' : 'sha256';
  if (named === 'blake3' || named === 'sha256') next += 1;
  const [hash, size, ...rest] = parts.slice(next);
  if (hash === undefined || size === undefined || !/^\d{1,16}$/.test(size)) {
    throw notOfForm(name, form);
  }
  const resource: Resource = {
    instance: parseInstanceName(instance.join('/'), reserved),
    compressor: isCompressed ? 'zstd' : 'identity',
    digest: checkDigest(hash, Number(size), digestFunction),
  };
  return { resource, rest };
}

function notOfForm(name: string, form: string): CacheError {
  const shown = JSON.stringify(name.slice(0, 200));
  return new CacheError('bad_request', `resource_name must be ${form}, got ${shown}`);
}
