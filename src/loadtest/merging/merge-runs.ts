import { minOf } from '../../core/index.ts';
import { differencesOf, type LabelledRun, repeatedRuns } from '../comparison/comparability.ts';
import { LoadTestError } from '../errors.ts';
import { targetOperations } from '../metrics/target-operations.ts';
import { latencyResultOf } from '../result/latency-result.ts';
import type { LatencyResult } from '../result/model/latency.ts';
import type { RunResult } from '../result/model/run.ts';
import { percentOf } from '../verdict/measures.ts';
import { correctedOf, latencyPartsOf, mergeLatencies, stagesOf } from './merge-latency.ts';
import {
  configOf,
  connectionsOf,
  countsOf,
  errorsOf,
  generatorOf,
  serverOf,
} from './merge-parts.ts';
import { longestCommonSilenceMs } from './merge-silences.ts';
import { type MergedFigures, mergeVerdicts } from './merge-verdict.ts';
import { type MergedWindows, mergeWindows } from './merge-windows.ts';
import {
  type Overlap,
  overlapNotes,
  overlapOf,
  type ShiftedRun,
  startOf,
  throughputOf,
} from './overlap.ts';

/**
 * Makes one result of those of several generators that drove one target at the same time. Counts and
 * histograms are added up without loss; latencies and verdict follow from the sums, throughput from
 * the time in which all of them ran.
 * @throws {LoadTestError} `not_mergeable`: fewer than two, one run twice, different workloads, or
 *   runs that do not overlap.
 */
export function mergeRuns(runs: readonly LabelledRun[]): RunResult {
  const refusals = refusalsOf(runs);
  if (refusals.length > 0) throw new LoadTestError('not_mergeable', refusals.join('\n'));
  const ordered = runs.toSorted((a, b) => startOf(a.result) - startOf(b.result));
  const results = ordered.map(({ result }) => result);
  const startMs = startOf(results[0]!);
  const shifted = results.map((run) => ({ run, offsetMs: startOf(run) - startMs }));
  const overlap = overlapOf(shifted);
  const sum = (pick: (run: RunResult) => number): number =>
    results.reduce((total, run) => total + pick(run), 0);
  const merged = mergeWindows(shifted, overlap);
  const operations = {
    total: sum((run) => run.operations.total),
    successful: sum((run) => run.operations.successful),
    failed: sum((run) => run.operations.failed),
  };
  const errors = errorsOf(results);
  const ofTarget = targetOperations(operations, errors);
  const latency = latencyOf(merged, results);
  const [hits, misses] = [sum(({ cache }) => cache.hits), sum(({ cache }) => cache.misses)];
  const figures = {
    success_rate_percent: percentOf(operations.successful, ofTarget.total) ?? null,
    error_rate_percent: percentOf(ofTarget.failed, ofTarget.total) ?? null,
    throughput_ops_per_sec: throughputOf(shifted, overlap, merged.sendingSuccessful),
    hit_rate_percent: percentOf(hits, hits + misses) ?? null,
    longest_silence_ms: longestCommonSilenceMs(shifted),
  };
  const first = results[0]!;
  return {
    // Key by key, so that somebody has to decide what a merged run holds under a new key.
    schema_version: first.schema_version,
    name: first.name,
    timestamp: first.timestamp,
    run_id: results.map((run) => run.run_id).join('+'),
    duration_ms: overlap.spanMs,
    complete: results.every(({ complete }) => complete),
    stop_reason: results.find(({ complete }) => !complete)?.stop_reason ?? first.stop_reason,
    operations,
    success_rate_percent: figures.success_rate_percent,
    error_rate_percent: figures.error_rate_percent,
    throughput_ops_per_sec: figures.throughput_ops_per_sec,
    ...(overlap.sendingFromMs === 0 ? {} : { sending_from_ms: overlap.sendingFromMs }),
    sending_ms: overlap.sendingMs,
    longest_silence_ms: figures.longest_silence_ms,
    latency,
    cache: { ...first.cache, hits, misses, hit_rate_percent: figures.hit_rate_percent },
    errors_by_type: errors,
    ...countsOf(results),
    ...connectionsOf(results),
    ...stagesOf(results),
    time_series: merged.timeSeries,
    windows: merged.windows,
    config: configOf(results),
    verdict: mergeVerdicts(ordered, {
      ...figures,
      ...latencyFigures(latency),
      hit_rate_points_from_target: figures.hit_rate_percent,
      integrity_and_lost: errors.integrity + errors.lost,
    }),
    generator: generatorOf(ordered, operations.total),
    server: serverOf(shifted),
    environment: first.environment,
    merged: mergedOf(shifted, overlap),
    notes: [
      ...overlapNotes(overlap, results.length),
      ...ordered.flatMap(({ label, result }) => result.notes.map((note) => `${label}: ${note}`)),
    ],
  };
}

function latencyOf(
  { judged, bySeries }: MergedWindows,
  results: readonly RunResult[],
): RunResult['latency'] {
  return {
    ...latencyResultOf(judged),
    model: results[0]!.latency.model,
    successful: mergeLatencies(results.map(({ latency }) => latency.successful)),
    corrected: correctedOf(results),
    ...latencyPartsOf(results),
    by_series: Object.fromEntries(
      Object.entries(bySeries).map(([series, histogram]) => [series, latencyResultOf(histogram)]),
    ),
  };
}

function latencyFigures(latency: LatencyResult): MergedFigures {
  const { avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, p999_ms, max_ms } = latency;
  return { avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, p999_ms, max_ms };
}

function mergedOf(
  runs: readonly ShiftedRun[],
  { lengthMs, spanMs }: Overlap,
): NonNullable<RunResult['merged']> {
  return {
    overlap_ms: lengthMs,
    span_ms: spanMs,
    runs: runs.map(({ run, offsetMs }) => ({
      run_id: run.run_id,
      offset_ms: offsetMs,
      duration_ms: run.duration_ms,
      clients: run.config.num_clients,
      operations: run.operations.total,
    })),
  };
}

/** What generators of one load may have of their own. */
const ownToEach = new Set(['clients', 'rate', 'machine', 'seed', 'generator threads']);

function refusalsOf(runs: readonly LabelledRun[]): string[] {
  if (runs.length < 2) return ['merging needs the results of at least two generators'];
  const [first, ...others] = runs;
  const repeated = repeatedRuns(runs).map(({ label, reason }) => `${label}: ${reason}`);
  const differences = differencesOf([first!], others)
    .filter(({ what }) => !ownToEach.has(what))
    .map(
      ({ what, base, other, otherLabel }) =>
        `${what}: ${first!.label} has ${base}, ${otherLabel} has ${other}`,
    );
  const models = others
    .filter(({ result }) => result.latency.model !== first!.result.latency.model)
    .map(({ label }) => `${first!.label} and ${label} are a closed loop and an open one`);
  const replays = runs
    .filter(({ result }) => result.replay !== undefined)
    .map(({ label }) => `${label} replayed a trace, and replays can't be merged`);
  const problems = [...repeated, ...differences, ...models, ...replays];
  if (problems.length > 0) return problems;
  const start = minOf(runs.map(({ result }) => startOf(result)));
  const { lengthMs } = overlapOf(
    runs.map(({ result: run }) => ({ run, offsetMs: startOf(run) - start })),
  );
  if (lengthMs > 0) return [];
  return [
    `the runs do not overlap: ${runs.map(({ label, result }) => `${label} ran from ${result.timestamp} for ${(result.duration_ms / 1000).toFixed(1)} s`).join(', ')}; generators of one load run at the same time`,
  ];
}
