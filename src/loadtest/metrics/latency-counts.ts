/**
 * Counts latencies in the bucket layout of HdrHistogram: whole microseconds, 3 significant digits,
 * up to {@link latencyUsMax}. The layout is hdr-histogram-js's own (2,048 sub-buckets, unit
 * magnitude 0), so counts go over into its histograms one to one and without loss; what is written
 * here is only the recording, which costs a fifth of the library's, and the compact form in which a
 * worker hands its counts over.
 */
export class LatencyCounts {
  readonly #counts = new Uint32Array(bucketOfUs(latencyUsMax) + 1);
  #low = this.#counts.length;
  #high = -1;
  total = 0;

  /**
   * Records one latency, to the nearest µs; negative ones as 0, those past the range at its end.
   * Returns the bucket.
   */
  record(latencyUs: number): number {
    const bucket = bucketOfUs(latencyUs + 0.5);
    this.add(bucket, 1);
    return bucket;
  }

  add(bucket: number, count: number): void {
    this.#counts[bucket]! += count;
    if (bucket < this.#low) this.#low = bucket;
    if (bucket > this.#high) this.#high = bucket;
    this.total += count;
  }

  /** Takes everything out in compact form, and starts again from nothing. */
  take(): BucketCounts {
    const distinct = this.#distinct();
    const pairs = new Uint32Array(distinct * 2);
    let at = 0;
    for (let bucket = this.#low; bucket <= this.#high; bucket += 1) {
      const count = this.#counts[bucket]!;
      if (count === 0) continue;
      pairs[at] = bucket;
      pairs[at + 1] = count;
      at += 2;
    }
    if (this.#high >= 0) this.#counts.fill(0, this.#low, this.#high + 1);
    this.#low = this.#counts.length;
    this.#high = -1;
    this.total = 0;
    return pairs;
  }

  addAll(pairs: BucketCounts): void {
    for (let at = 0; at < pairs.length; at += 2) this.add(pairs[at]!, pairs[at + 1]!);
  }

  /** The latency in µs that `share` (0 to 1) of all lie at or below; 0 where there are none. */
  percentileUs(share: number): number {
    // A product slightly above a whole number must not ask for one sample more.
    const rank = Math.max(1, Math.ceil(share * this.total * (1 - 2 ** -50)));
    let seen = 0;
    for (let bucket = this.#low; bucket <= this.#high; bucket += 1) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return usOfBucket(bucket + 1) - 1;
    }
    return 0;
  }

  /** The mean in µs; 0 where there are none. */
  meanUs(): number {
    let sumUs = 0;
    for (let bucket = this.#low; bucket <= this.#high; bucket += 1) {
      const count = this.#counts[bucket]!;
      if (count > 0) sumUs += (count * (usOfBucket(bucket) + usOfBucket(bucket + 1) - 1)) / 2;
    }
    return this.total === 0 ? 0 : sumUs / this.total;
  }

  #distinct(): number {
    let distinct = 0;
    for (let bucket = this.#low; bucket <= this.#high; bucket += 1) {
      if (this.#counts[bucket] !== 0) distinct += 1;
    }
    return distinct;
  }
}

/** Bucket and count, one pair after another, by rising bucket. */
export type BucketCounts = Uint32Array<ArrayBuffer>;

/** 2^37 - 1 µs, some 38 hours: past any timeout. */
export const latencyUsMax: number = 2 ** 37 - 1;

/** Significant digits that the layout keeps. */
export const latencyDigits = 3;

const subBuckets = 2048;
const halfSubBuckets = subBuckets / 2;

/** The index of a latency's bucket, as JsHistogram.countsArrayIndex has it. */
export function bucketOfUs(latencyUs: number): number {
  if (latencyUs < subBuckets) return latencyUs > 0 ? Math.trunc(latencyUs) : 0;
  const us = latencyUs < latencyUsMax ? Math.trunc(latencyUs) : latencyUsMax;
  // Powers of two above bucket 0. Past 31 bits clz32 needs the upper part alone.
  const magnitude = us < 2 ** 31 ? 21 - Math.clz32(us) : 37 - Math.clz32(Math.trunc(us / 2 ** 16));
  return magnitude * halfSubBuckets + Math.trunc(us / 2 ** magnitude);
}

/** The lowest latency of a bucket, in µs. */
export function usOfBucket(bucket: number): number {
  if (bucket < subBuckets) return bucket;
  const magnitude = Math.trunc(bucket / halfSubBuckets) - 1;
  return ((bucket % halfSubBuckets) + halfSubBuckets) * 2 ** magnitude;
}
