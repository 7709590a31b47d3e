import { mergeHistograms } from '../metrics/merge-series.ts';
import { decodeHistogram, latencyResultOf } from '../result/latency-result.ts';
import type { JudgedLatencyResult, LatencyResult } from '../result/model/latency.ts';
import type { RunResult } from '../result/model/run.ts';

/** Adds histograms up; the figures follow from the sum. */
export function mergeLatencies(parts: readonly LatencyResult[]): LatencyResult {
  const histograms = parts.map(({ histogram }) =>
    histogram === null ? undefined : decodeHistogram(histogram),
  );
  return latencyResultOf(mergeHistograms(histograms));
}

/** What a closed loop would have seen without coordinated omission, each generator by its own pace. */
export function correctedOf(results: readonly RunResult[]): JudgedLatencyResult['corrected'] {
  const parts = results.flatMap(({ latency }) => latency.corrected ?? []);
  if (parts.length < results.length) return null;
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const weighted = parts.reduce((sum, part) => sum + part.count * part.interval_ms, 0);
  return { ...mergeLatencies(parts), interval_ms: total === 0 ? 0 : weighted / total };
}

/** Latency by size of artifact and by phase of an exchange, where the runs have them. */
export function latencyPartsOf(
  results: readonly RunResult[],
): Pick<JudgedLatencyResult, 'by_size' | 'by_phase'> {
  const sizes = new Map<string, NonNullable<JudgedLatencyResult['by_size']>[number][]>();
  const phases = new Map<string, LatencyResult[]>();
  const put = <T>(map: Map<string, T[]>, key: string, value: T): void => {
    map.set(key, [...(map.get(key) ?? []), value]);
  };
  for (const { latency } of results) {
    for (const part of latency.by_size ?? []) {
      put(sizes, `${part.from_bytes} ${part.below_bytes}`, part);
    }
    for (const [phase, part] of Object.entries(latency.by_phase ?? {})) put(phases, phase, part);
  }
  const bySize = [...sizes.values()]
    .map((parts) => {
      const { from_bytes, below_bytes } = parts[0]!;
      return { from_bytes, below_bytes, ...mergeLatencies(parts) };
    })
    .sort((a, b) => a.from_bytes - b.from_bytes);
  return {
    ...(bySize.length === 0 ? {} : { by_size: bySize }),
    ...(phases.size === 0
      ? {}
      : {
          by_phase: Object.fromEntries(
            [...phases].map(([phase, parts]) => [phase, mergeLatencies(parts)]),
          ),
        }),
  };
}

/** The stages of all generators together, where all of them had the same. */
export function stagesOf(results: readonly RunResult[]): Pick<RunResult, 'stages'> {
  const all = results.flatMap(({ stages }) => (stages === undefined ? [] : [stages]));
  const [first] = all;
  const isAlike =
    all.length === results.length && all.every(({ length }) => length === first?.length);
  if (first === undefined || !isAlike) return {};
  return {
    stages: first.map((stage, index) => {
      const parts = all.map((stages) => stages[index]!);
      const sum = (pick: (part: typeof stage) => number): number =>
        parts.reduce((total, part) => total + pick(part), 0);
      return {
        ...stage,
        from_rate: sum((part) => part.from_rate),
        to_rate: sum((part) => part.to_rate),
        latency: mergeLatencies(parts.map(({ latency }) => latency)),
        service: mergeLatencies(parts.map(({ service }) => service)),
      };
    }),
  };
}
