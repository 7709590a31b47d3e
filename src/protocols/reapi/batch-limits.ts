import { CacheError } from '../../core/index.ts';
import type { ReapiLimits } from './limits.ts';

/** @throws {CacheError} `too_large` where a request names more than `max` blobs. */
export function assertCountFits(what: string, count: number, max: number): void {
  if (count <= max) return;
  throw new CacheError(
    'too_large',
    `${what} may name at most ${max} digests, this one has ${count}`,
  );
}

/** @throws {CacheError} `too_large` where the blobs of a batch are more than announced. */
export function assertBatchFits(sumBytes: number, { batchBytesMax }: ReapiLimits): void {
  if (sumBytes <= batchBytesMax) return;
  throw new CacheError(
    'too_large',
    `a batch may have at most ${batchBytesMax} bytes (max_batch_total_size_bytes), this one has ${sumBytes}: use ByteStream`,
  );
}
