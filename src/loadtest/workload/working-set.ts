import type { ResolvedConfig } from '../config/config.ts';
import { createRankDistribution } from './rank-distribution.ts';
import { createSizeQuantiles, sizesOfRanks } from './size-distribution.ts';

/** The sizes of the working set's artifacts by rank, within the bounds on their number and bytes. */
export function planWorkingSet(config: ResolvedConfig): Float64Array {
  if (config.cacheHitRatioTarget === 0) return new Float64Array(0);
  const ranks = createRankDistribution(config.keys, config.workingSetKeys);
  const sizes = sizesOfRanks(createSizeQuantiles(config.sizes), config.workingSetKeys, (rank) =>
    ranks.probability(rank),
  );
  const bytesMax = Math.min(config.workingSetBytesMax, config.maxStoredBytes);
  let bytes = 0;
  let count = 0;
  for (const size of sizes) {
    bytes += size;
    if (bytes > bytesMax) break;
    count += 1;
  }
  return sizes.subarray(0, count);
}
