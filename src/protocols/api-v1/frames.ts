import type { Cache, CacheHit, Caller } from '../../cache/index.ts';
import type { KeyBatch } from './wire.ts';

/**
 * The body that `POST /api/v1/fetch` answers: a frame for each key asked, in the order asked, and an
 * end frame. A body without an end frame was cut short. Numbers are big-endian.
 *
 * | frame | byte 0 | then |
 * | --- | --- | --- |
 * | miss | `00` | nothing |
 * | hit | `01` | 8 bytes: size; 32 bytes: SHA-256 of the bytes; the bytes |
 * | end | `ff` | 8 bytes: number of frames before this one |
 */
export const framesContentType = 'application/vnd.memobuild.frames';

export const frameKind = { miss: 0x00, hit: 0x01, end: 0xff } as const;

const hitHeadBytes = 1 + 8 + 32;
/** Frames are gathered up to about this size before they are handed on: a write for each would cost more than the lookup. */
const gatherBytes = 64 * 1024;

/** Looks the keys up one after the other, counting each, and frames what is found. */
export async function* frameEntries(
  cache: Cache,
  batch: KeyBatch,
  caller: Caller,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gathered = new Gathered();
  for (const key of batch.entryKeys) {
    const answer = cache.get(key, caller);
    const found = answer instanceof Promise ? await answer : answer;
    if (found.kind === 'miss') {
      gathered.add(missFrame);
    } else if (found.bytes !== undefined) {
      gathered.add(hitHead(found));
      gathered.add(found.bytes);
    } else {
      gathered.add(hitHead(found));
      yield gathered.take();
      yield* found.stream({ signal });
    }
    if (gathered.sizeBytes >= gatherBytes) yield gathered.take();
  }
  gathered.add(endFrame(batch.keys.length));
  yield gathered.take();
}

/** A frame as a reader sees it. */
export type Frame =
  | { readonly kind: 'miss' }
  | { readonly kind: 'hit'; readonly sha256: string; readonly bytes: Buffer };

/**
 * Reads a whole body of frames.
 * @throws {RangeError} when it is cut short or malformed.
 */
export function parseFrames(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  for (;;) {
    const kind = body.readUInt8(at);
    at += 1;
    if (kind === frameKind.end) {
      if (Number(body.readBigUInt64BE(at)) === frames.length) return frames;
      throw new RangeError(`the end frame has another number than ${frames.length}`);
    }
    if (kind === frameKind.miss) {
      frames.push({ kind: 'miss' });
      continue;
    }
    if (kind !== frameKind.hit) throw new RangeError(`unknown frame kind ${kind}`);
    const end = at + 40 + Number(body.readBigUInt64BE(at));
    if (end > body.byteLength) throw new RangeError('the body is cut short');
    const sha256 = body.toString('hex', at + 8, at + 40);
    frames.push({ kind: 'hit', sha256, bytes: body.subarray(at + 40, end) });
    at = end;
  }
}

const missFrame = Buffer.of(frameKind.miss);

function hitHead({ sizeBytes, sha256 }: CacheHit): Buffer {
  const head = Buffer.allocUnsafe(hitHeadBytes);
  head[0] = frameKind.hit;
  head.writeBigUInt64BE(BigInt(sizeBytes), 1);
  head.write(sha256, 9, 'hex');
  return head;
}

function endFrame(frames: number): Buffer {
  const frame = Buffer.alloc(9, frameKind.end);
  frame.writeBigUInt64BE(BigInt(frames), 1);
  return frame;
}

class Gathered {
  sizeBytes = 0;
  #pieces: Uint8Array[] = [];

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.sizeBytes += piece.byteLength;
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#pieces, this.sizeBytes);
    this.#pieces = [];
    this.sizeBytes = 0;
    return whole;
  }
}
