import type { Progress } from '../../loadtest/internal.ts';

/** One value of a metric while a load test runs. */
export interface LiveSample {
  readonly name: string;
  /** A counter never falls within a run. */
  readonly kind: 'counter' | 'gauge';
  /** UCUM, as OpenTelemetry writes units. */
  readonly unit: string;
  readonly about: string;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Takes the samples of a running load test somewhere. Nothing that goes wrong there ends the run. */
export interface MetricsSink {
  /** The current values, which replace the earlier ones. */
  update(samples: readonly LiveSample[]): void;
  /** Sends what was not sent, for {@link sendTimeoutMs} at most. */
  close(): Promise<void>;
}

/** How often values are sent, where a receiver keeps up. */
export const sendEveryMs = 1_000;
/** An endpoint that has not answered by then has failed. */
export const sendTimeoutMs = 5_000;

/** The metrics of a run, as far as it is. `run` becomes attributes of each. */
export function liveSamplesOf(
  progress: Progress,
  run: Readonly<Record<string, string>>,
): LiveSample[] {
  const sample = (
    kind: LiveSample['kind'],
    name: string,
    unit: string,
    about: string,
    value: number | undefined,
    more: Readonly<Record<string, string>> = {},
  ): LiveSample[] =>
    value === undefined || !Number.isFinite(value)
      ? []
      : [
          {
            ...{ kind, unit, about, value },
            name: `memobuild.loadtest.${name}`,
            attributes: { ...run, ...more },
          },
        ];
  const operations = 'operations that ended, by result';
  const lookups = 'lookups that the cache answered, by answer';
  const latency = 'judged latency of the run so far, by quantile';
  const { failures, successful, hits, misses } = progress;
  return [
    ...sample('counter', 'operations', '{operation}', operations, successful, { result: 'ok' }),
    ...Object.entries(failures).flatMap(([kind, failed]) =>
      sample('counter', 'operations', '{operation}', operations, failed, { result: kind }),
    ),
    ...sample('counter', 'lookups', '{lookup}', lookups, hits, { answer: 'hit' }),
    ...sample('counter', 'lookups', '{lookup}', lookups, misses, { answer: 'miss' }),
    ...sample(
      'gauge',
      'throughput',
      '{operation}/s',
      'successful operations in the last second',
      progress.opsPerSec,
    ),
    ...sample('gauge', 'latency', 's', latency, progress.p50Ms / 1000, { quantile: '0.5' }),
    ...sample('gauge', 'latency', 's', latency, progress.p95Ms / 1000, { quantile: '0.95' }),
    ...sample('gauge', 'latency', 's', latency, progress.p99Ms / 1000, { quantile: '0.99' }),
    ...sample('gauge', 'in_flight', '{operation}', 'operations under way', progress.inFlight),
    ...sample(
      'gauge',
      'server.memory',
      'By',
      "private memory of the server's processes",
      progress.serverMemoryBytes,
    ),
  ];
}
