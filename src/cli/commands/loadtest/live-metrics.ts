import { withoutPasswords } from '../../../core/index.ts';
import {
  type LiveSample,
  liveSamplesOf,
  type MetricsSink,
  openOtlpSink,
  openRemoteWriteSink,
} from '../../../report/index.ts';
import { CommandError, type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import type { LoadTestFlags } from './flags.ts';
import { type RunWatch, unwatched } from './watch.ts';

/** Where metrics go while a load test runs. */
export interface LiveMetricsPlan {
  readonly otlp: string | undefined;
  readonly remoteWrite: string | undefined;
}

/** Reads `--otlp` and `--remote-write`. @throws {CommandError} `usage`. */
export function planLiveMetrics({ otlp, remoteWrite }: LoadTestFlags): LiveMetricsPlan {
  for (const [flag, url] of [
    ['--otlp', otlp],
    ['--remote-write', remoteWrite],
  ] as const) {
    if (url === undefined || (URL.canParse(url) && /^https?:/.test(url))) continue;
    throw new CommandError(
      exitCodes.usage,
      `${flag} must be an http:// or https:// URL; got ${url}`,
    );
  }
  return { otlp, remoteWrite };
}

/** Runs a load test and sends its metrics meanwhile. A failure to send is reported once and does not end the run. */
export async function withLiveMetrics(
  plan: LiveMetricsPlan,
  run: (watch: RunWatch) => Promise<ExitCode>,
): Promise<ExitCode> {
  const sinks = await openSinks(plan);
  if (sinks.length === 0) return await run(unwatched);
  try {
    return await run(watchInto(sinks));
  } finally {
    await Promise.all(sinks.map((sink) => sink.close()));
  }
}

async function openSinks({ otlp, remoteWrite }: LiveMetricsPlan): Promise<MetricsSink[]> {
  const sinks: MetricsSink[] = [];
  if (otlp !== undefined) sinks.push(await openOtlpSink(otlp, saidOnce(otlp)));
  if (remoteWrite !== undefined) {
    sinks.push(await openRemoteWriteSink(remoteWrite, saidOnce(remoteWrite)));
  }
  return sinks;
}

function saidOnce(url: string): (problem: string) => void {
  let isSaid = false;
  return (problem) => {
    if (isSaid) return;
    isSaid = true;
    process.stderr.write(
      `memobuild: cannot send metrics to ${withoutPasswords(`${url}: ${problem}`)}\n`,
    );
  };
}

function watchInto(sinks: readonly MetricsSink[]): RunWatch {
  let run: Readonly<Record<string, string>> = {};
  /** The last values of the runs before: their counters stay. */
  const before: LiveSample[] = [];
  let current: readonly LiveSample[] = [];
  return {
    ...unwatched,
    begin: (config, index) => {
      before.push(...current.filter(({ kind }) => kind === 'counter'));
      current = [];
      run = {
        scenario: config.name ?? 'load test',
        protocol: config.protocol,
        run: `${index + 1}`,
      };
    },
    update: (progress) => {
      current = liveSamplesOf(progress, run);
      for (const sink of sinks) sink.update([...before, ...current]);
    },
  };
}
