import {
  exchangePhases,
  type LatencyPart,
  type MeasuredParts,
  type StageLatency,
} from '../measurement.ts';
import type { BucketCounts } from './latency-counts.ts';
import { type PartCounts, sizeClassesFromBytes } from './part-latencies.ts';
import { toHistogram } from './to-histogram.ts';

/** Puts what was counted by part into the order in which it is shown. Parts without a sample are left out. */
export function measuredParts(counts: PartCounts): MeasuredParts {
  const histogramOf = (pairs: BucketCounts | undefined) =>
    pairs === undefined ? undefined : toHistogram(pairs);
  return {
    bySize: sizeClassesFromBytes.flatMap((fromBytes, index): LatencyPart[] => {
      const histogram = histogramOf(counts[`size_${fromBytes}`]);
      const belowBytes = sizeClassesFromBytes[index + 1];
      return histogram === undefined ? [] : [{ fromBytes, belowBytes, histogram }];
    }),
    byPhase: Object.fromEntries(
      exchangePhases.flatMap((phase) => {
        const histogram = histogramOf(counts[phase]);
        return histogram === undefined ? [] : [[phase, histogram]];
      }),
    ),
    calmService: histogramOf(counts.calm_service),
    byStage: stagesIn(counts).map(
      (stage): StageLatency => ({
        stage,
        response: histogramOf(counts[`stage_${stage}_response`]),
        service: histogramOf(counts[`stage_${stage}_service`]),
      }),
    ),
  };
}

function stagesIn(counts: PartCounts): number[] {
  const stages = Object.keys(counts).flatMap((part) => {
    const number = /^stage_(\d+)_response$/.exec(part)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return stages.sort((a, b) => a - b);
}
