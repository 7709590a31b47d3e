import type { CacheHit } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import {
  type ArtifactHeader,
  artifactHeaderBytesMax,
  readArtifactHeader,
} from './artifact-file.ts';

/** An artifact taken apart: its metadata, and its own bytes. */
export interface OpenArtifact {
  readonly header: ArtifactHeader;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/**
 * Reads the metadata and leaves the bytes to be streamed, verified as the whole entry is.
 * @throws {CacheError} `damaged`.
 */
export async function openArtifact(found: CacheHit, signal: AbortSignal): Promise<OpenArtifact> {
  if (found.bytes !== undefined) {
    const header = headerIn(found.bytes);
    return { header, body: found.bytes.subarray(header.sizeBytes) };
  }
  const source = found.stream({ signal })[Symbol.asyncIterator]();
  try {
    const { header, rest } = await readUpToHeader(source);
    return { header, body: restOf(rest, source) };
  } catch (error) {
    await source.return?.();
    throw error;
  }
}

/**
 * The metadata alone, unverified unless the whole entry is in memory.
 * @throws {CacheError} `damaged`.
 */
export async function peekHeader(found: CacheHit, signal: AbortSignal): Promise<ArtifactHeader> {
  if (found.bytes !== undefined) return headerIn(found.bytes);
  const lengthBytes = Math.min(found.sizeBytes, artifactHeaderBytesMax);
  const source = found.stream({ lengthBytes, signal })[Symbol.asyncIterator]();
  try {
    return (await readUpToHeader(source)).header;
  } finally {
    await source.return?.();
  }
}

function headerIn(bytes: Uint8Array): ArtifactHeader {
  const header = readArtifactHeader(bytes);
  if (header === undefined) throw cutShort();
  return header;
}

async function readUpToHeader(
  source: AsyncIterator<Uint8Array>,
): Promise<{ readonly header: ArtifactHeader; readonly rest: Uint8Array }> {
  let held: Uint8Array = new Uint8Array();
  for (;;) {
    const next = await source.next();
    if (next.done === true) throw cutShort();
    held = held.byteLength === 0 ? next.value : Buffer.concat([held, next.value]);
    const header = readArtifactHeader(held);
    if (header !== undefined) return { header, rest: held.subarray(header.sizeBytes) };
  }
}

async function* restOf(
  first: Uint8Array,
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.byteLength > 0) yield first;
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}

function cutShort(): CacheError {
  return new CacheError('damaged', 'a stored artifact ends within its metadata');
}
