import { z } from 'zod';
import type { FailureKind } from '../../protocols/shared/load-client.ts';
import { protocolNames } from '../config/config.ts';
import { failureKinds } from '../metrics/counters.ts';
import { capacitySchema, scalingSchema } from './capacity-schema.ts';
import { replaySchema } from './replay-result.ts';
import { type RunResult, resultSchemaVersion, type SuiteResult } from './result.ts';

const number = z.number();
const count = z.number().min(0);
const measured = z.number().nullable();
const text = z.string();

const timestamp = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)), 'takes an ISO 8601 time')
  .meta({ format: 'date-time' });
const series = z.enum(['hit', 'miss', 'timeout', 'failed', 'service', 'send_lag']);
const failureKind = z.enum(failureKinds);
const everyFailure = {
  timeout: count,
  refused: count,
  reset: count,
  http_4xx: count,
  http_5xx: count,
  integrity: count,
  lost: count,
  dropped: count,
  protocol: count,
} satisfies Record<FailureKind, typeof count>;
const operations = z.object({ total: count, successful: count, failed: count });
const overallVerdict = z.enum(['PASS', 'INVESTIGATE', 'FAIL', 'VOID', 'INTERRUPTED']);

const latencyFields = {
  count,
  min_ms: measured,
  avg_ms: measured,
  p50_ms: measured,
  p90_ms: measured,
  p95_ms: measured,
  p99_ms: measured,
  p999_ms: measured,
  max_ms: measured,
  histogram: z.string().nullable().describe('HdrHistogram V2 compressed, base64, microseconds'),
};

const timeSeriesRow = z.object({
  start_ms: count,
  end_ms: count,
  operations,
  throughput_ops_per_sec: count,
  hits: count,
  misses: count,
  p50_ms: measured,
  p95_ms: measured,
  p99_ms: measured,
  max_ms: measured,
  in_flight: count,
  server_memory_bytes: measured,
  server_cpu_cores: measured,
  generator_cpu_cores: measured,
});

const window = z.object({
  start_ms: count,
  end_ms: count,
  operations,
  hits: count,
  misses: count,
  read_bytes: count,
  written_bytes: count,
  in_flight: count,
  errors_by_type: z.partialRecord(failureKind, count),
  histograms: z.partialRecord(series, text),
});

const config = z.object({
  num_clients: count,
  duration_secs: count,
  requests_per_client: count.describe('operations of one build; 0 = no cap'),
  repeat_builds: z.boolean(),
  cache_hit_ratio_target: count.max(1),
  timeout_secs: count,
  stages: z
    .array(z.object({ duration_secs: count, from_rate: count, to_rate: count }))
    .describe('empty: closed loop'),
  max_in_flight: count,
  keys: text,
  sizes: text,
  working_set_keys: count,
  working_set_bytes_max: count,
  seed: count,
  build_time_ms: count,
  reread_share: count,
  retries: count,
  workers: count,
  warmup_timeout_secs: count,
  max_stored_bytes: count,
  protocol: z.enum(protocolNames),
  instance: text,
  target: text.describe('embedded, or a URL without credentials'),
  scale: count.describe('what the durations were multiplied by'),
  custom_scenario: text.nullable(),
});

const verdict = z.object({
  verdict: overallVerdict,
  reasons: z.array(text),
  notes: z.array(text),
  rows: z.array(
    z.object({
      metric: text,
      label: text,
      unit: text,
      requirement: text,
      measured,
      margin: measured.describe('distance to the limit of PASS, positive on the good side'),
      verdict: z.enum(['PASS', 'INVESTIGATE', 'FAIL']),
      pass_limit: number,
      fail_limit: measured.describe('null: never FAIL'),
    }),
  ),
  drift: z.array(
    z.object({
      metric: text,
      unit: text,
      change: number,
      typical: number,
      change_max: number,
      p_value: count,
      windows: count,
      rises: z.boolean(),
      judged: z.boolean(),
    }),
  ),
});

const generator = z.object({
  workers: count,
  lost_workers: z.array(z.object({ worker: count, reason: text })),
  checks: z.array(z.object({ name: text, status: z.enum(['ok', 'note', 'spoilt']), text })),
  cpu_cores: measured,
  cpu_us_per_operation: measured,
  memory_bytes_max: measured,
  calibration: z.object({ before_ms: count, after_ms: count }),
  open_files: z.object({ limit: measured, needed: count }),
  samples: z.array(
    z.object({
      at_ms: number,
      cpu_cores: count,
      memory_bytes: count,
      loop_delay_p99_ms: count,
      machine_cpu: measured,
      machine_steal: measured,
    }),
  ),
});

const server = z.object({
  software: text.nullable(),
  memory_bytes_first: measured,
  memory_bytes_last: measured,
  memory_bytes_max: measured,
  cpu_cores: measured,
  cpu_us_per_operation: measured,
  samples: z.array(
    z.object({
      at_ms: number,
      memory_bytes: measured,
      resident_bytes: measured,
      cpu_ms: measured,
      evicted_entries: measured,
    }),
  ),
});

const environment = z.object({
  memobuild_version: text,
  node_version: text,
  platform: text,
  arch: text,
  os_release: text,
  cpu_model: text.nullable(),
  cpu_count: count,
  memory_bytes: count,
  commit: text.nullable(),
  ci: z.boolean(),
});

/** Checks one run of a result file. Keys that it does not know are left out of what it answers. */
export const runResultSchema: z.ZodType<RunResult> = z.object({
  schema_version: z.literal(resultSchemaVersion),
  name: text.nullable(),
  timestamp,
  run_id: text,
  duration_ms: count,
  complete: z.boolean(),
  stop_reason: z.enum(['requests', 'duration', 'max_stored', 'interrupted', 'workers_lost']),
  operations,
  success_rate_percent: measured,
  error_rate_percent: measured,
  throughput_ops_per_sec: measured,
  latency: z.object({
    ...latencyFields,
    model: z.enum(['closed', 'open']),
    by_series: z.partialRecord(series, z.object(latencyFields)),
  }),
  cache: z.object({
    hits: count,
    misses: count,
    hit_rate_percent: measured,
    target_percent: count,
  }),
  errors_by_type: z.object(everyFailure),
  traffic: z.object({ read_bytes: count, written_bytes: count, retries: count }),
  writes: z.object({ acknowledged: count, reread: count, lost: count, evicted: count }),
  warmup: z.object({
    keys: count,
    stored: count,
    failed: count,
    stored_bytes: count,
    duration_ms: count,
    timed_out: z.boolean(),
  }),
  unfinished: z.object({ count, oldest_age_ms: count }),
  scheduled: measured,
  cleanup: z.object({ removable: z.boolean(), removed: count, failed: count }),
  time_series: z.array(timeSeriesRow),
  windows: z.array(window),
  config,
  verdict,
  generator,
  server,
  environment,
  replay: replaySchema.optional().describe('the trace, with --replay'),
  notes: z.array(text),
});

/** Checks what `--scenarios` writes. */
export const suiteResultSchema: z.ZodType<SuiteResult> = z.object({
  schema_version: z.literal(resultSchemaVersion),
  timestamp,
  scenarios: z.array(runResultSchema),
  verdict: z.object({ verdict: overallVerdict, reasons: z.array(text) }),
  capacity: capacitySchema.optional().describe('what --find-capacity found'),
  scaling: scalingSchema.optional().describe('what --ramp-clients measured'),
});
