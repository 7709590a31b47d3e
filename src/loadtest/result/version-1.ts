import type { Histogram } from 'hdr-histogram-js';
import { z } from 'zod';
import { type LatencySeries, latencySeries } from '../measurement.ts';
import { judgedSeries, mergeHistograms, successSeries } from '../metrics/merge-series.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import { decodeHistogram, latencyResultOf } from './latency-result.ts';
import { judgedLatencySchema } from './model/latency.ts';
import { type RunResult, runResultSchema } from './model/run.ts';
import { resultSchemaVersion } from './model/schema-version.ts';
import { suiteFileSchema } from './model/suite.ts';
import { windowSchema } from './model/windows.ts';

const version = z.literal(1);

/** A run of a file of version 1. */
const runSchema = runResultSchema.omit({ sending_ms: true, longest_silence_ms: true }).extend({
  schema_version: version,
  latency: judgedLatencySchema.omit({ corrected: true, successful: true }),
  windows: z.array(windowSchema.omit({ sending_successful: true })),
});

/**
 * Reads a run of version 1 as one of today's: its latency left out operations that failed, except
 * timeouts, and its throughput counted them, and the drain. Both are recomputed from the windows;
 * the verdict stays as it was judged.
 */
export const version1RunSchema = runSchema.transform((run) => upgradeRun(run) as RunOutput);

type RunOutput = z.infer<typeof runResultSchema>;

/** Reads a file of several runs of version 1. */
export const version1SuiteSchema = suiteFileSchema
  .extend({ schema_version: version, scenarios: z.array(version1RunSchema) })
  .transform((suite) => ({
    ...suite,
    schema_version: resultSchemaVersion as typeof resultSchemaVersion,
  }));

function upgradeRun(run: z.infer<typeof runSchema>): RunResult {
  const sendingMs = sendingMsOf(run);
  const windows = run.windows.map((window) => ({
    ...window,
    sending_successful: successfulUntil(window, sendingMs),
  }));
  const isShort = isTooShortForRate(sendingMs);
  const successful = isShort
    ? run.operations.successful
    : windows.reduce((sum, window) => sum + window.sending_successful, 0);
  const seconds = (isShort ? run.duration_ms : sendingMs) / 1000;
  const merged = mergedSeries(windows);
  return {
    ...run,
    schema_version: resultSchemaVersion,
    upgraded_from_version: 1,
    throughput_ops_per_sec: seconds > 0 ? successful / seconds : null,
    sending_ms: sendingMs,
    longest_silence_ms: null,
    latency: {
      ...run.latency,
      ...latencyResultOf(mergeHistograms(judgedSeries.map((name) => merged[name]))),
      corrected: null,
      successful: latencyResultOf(mergeHistograms(successSeries.map((name) => merged[name]))),
    },
    windows,
    notes: [
      ...run.notes,
      'written with schema version 1: latency and throughput were recomputed by the rules of version 2; the verdict was not',
    ],
  };
}

/** Version 1 does not say when the first client had done its share: then it is all of the run. */
function sendingMsOf(run: z.infer<typeof runSchema>): number {
  const boundMs = run.config.duration_secs * 1000;
  return run.stop_reason === 'duration' ? Math.min(run.duration_ms, boundMs) : run.duration_ms;
}

function successfulUntil(
  { start_ms: startMs, end_ms: endMs, operations }: z.infer<typeof runSchema>['windows'][number],
  untilMs: number,
): number {
  if (endMs <= untilMs || startMs >= untilMs) return endMs <= untilMs ? operations.successful : 0;
  return Math.round((operations.successful * (untilMs - startMs)) / (endMs - startMs));
}

function mergedSeries(
  windows: z.infer<typeof runSchema>['windows'],
): Partial<Record<LatencySeries, Histogram | undefined>> {
  const merged: Partial<Record<LatencySeries, Histogram | undefined>> = {};
  for (const name of latencySeries) {
    const parts = windows.flatMap(({ histograms }) => histograms[name] ?? []);
    merged[name] = mergeHistograms(parts.map(decodeHistogram));
  }
  return merged;
}
