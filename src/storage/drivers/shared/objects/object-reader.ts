import { CacheError } from '../../../../core/index.ts';
import { abortedError } from '../../../body.ts';
import { checksumChunkBytes, isChunkWhole } from '../../../chunk-checksums.ts';
import type { NearerBodies } from './nearer-bodies.ts';
import type { ObjectCalls } from './object-calls.ts';
import type { ObjectBody } from './object-store.ts';
import type { ObjectPart, StoredObject } from './stored-object.ts';

/** From where objects are read. */
export interface ObjectSources {
  readonly calls: ObjectCalls;
  /** Asked first. */
  readonly nearer?: NearerBodies | undefined;
}

/**
 * Streams a part of an object. Each chunk is compared with its checksum before any of it is handed
 * over. Where the transfer breaks off it goes on at the next chunk: an object never changes. So it
 * does where what lies nearer proves damaged.
 * @throws {CacheError} `damaged` where the object is gone or is not what was stored; `unavailable`; `aborted`.
 */
export async function* readObject(
  sources: ObjectSources,
  { object, offsetBytes, lengthBytes, signal }: ObjectPart,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { calls } = sources;
  let { nearer } = sources;
  const { name, sizeBytes } = object;
  const endBytes = Math.min(sizeBytes, offsetBytes + lengthBytes);
  if (endBytes <= offsetBytes) return;
  let at = offsetBytes - (offsetBytes % checksumChunkBytes);
  // What is compared is whole chunks.
  const readEnd = Math.min(
    sizeBytes,
    Math.ceil(endBytes / checksumChunkBytes) * checksumChunkBytes,
  );
  for (let failures = 0; at < readEnd; ) {
    const start = at;
    const near = await nearer?.open(object, start, readEnd, signal);
    const body =
      near ?? (await calls.run((store, stop) => store.get(name, start, readEnd, stop), signal));
    try {
      for await (const chunk of chunksOf(calls, body, readEnd - start, signal)) {
        assertWhole(chunk, at, object);
        const from = at;
        at += chunk.byteLength;
        failures = 0;
        yield chunk.subarray(Math.max(0, offsetBytes - from), endBytes - from);
      }
    } catch (error) {
      if (signal.aborted) throw abortedError(signal);
      if (near !== undefined) {
        await nearer?.forget(object, error);
        nearer = undefined;
        continue;
      }
      failures += 1;
      await calls.waitToReadOn(error, failures, signal);
    } finally {
      body.destroy();
    }
  }
}

/** Cuts a body into chunks. @throws where it ends early, or nothing comes in time. */
async function* chunksOf(
  calls: ObjectCalls,
  body: ObjectBody,
  sizeBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = body.bytes[Symbol.asyncIterator]();
  let leftBytes = sizeBytes;
  let chunk = Buffer.allocUnsafeSlow(Math.min(leftBytes, checksumChunkBytes));
  let filledBytes = 0;
  while (leftBytes > 0) {
    if (signal.aborted) throw abortedError(signal);
    const next = await calls.more(source.next(), signal);
    if (next.done === true) throw new Error(`the body ended ${leftBytes} bytes early`);
    const piece = next.value;
    for (let at = 0; at < piece.byteLength && leftBytes > 0; ) {
      const taken = piece.subarray(at, at + chunk.byteLength - filledBytes);
      chunk.set(taken, filledBytes);
      filledBytes += taken.byteLength;
      at += taken.byteLength;
      if (filledBytes < chunk.byteLength) continue;
      leftBytes -= filledBytes;
      yield chunk;
      chunk = Buffer.allocUnsafeSlow(Math.min(leftBytes, checksumChunkBytes));
      filledBytes = 0;
    }
  }
}

function assertWhole(chunk: Uint8Array, at: number, { checksums }: StoredObject): void {
  if (isChunkWhole(chunk, at / checksumChunkBytes, checksums)) return;
  throw new CacheError(
    'damaged',
    `an object is not what was stored, in the ${chunk.byteLength} bytes at ${at}`,
  );
}
