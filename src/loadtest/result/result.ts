import type { FailureKind } from '../../protocols/shared/load-client.ts';
import type { ProtocolName } from '../config/config.ts';
import type { LatencySeries, StopReason } from '../measurement.ts';
import type { HealthStatus } from '../verdict/generator-health.ts';
import type { OverallVerdict } from '../verdict/judge.ts';
import type { RowVerdict } from '../verdict/judge-rows.ts';
import type { CapacityResult, ScalingResult } from './capacity-result.ts';
import type { ReplayResult } from './replay-result.ts';

/** Version of the result file. It rises when a key changes its meaning or goes, not when one is added. */
export const resultSchemaVersion = 1;

/**
 * One run, as the result file holds it (docs/result-file.md). `null` stands where there was nothing
 * to measure. Times named `*_ms` inside a run count from the start of its measured part.
 */
export interface RunResult {
  readonly schema_version: typeof resultSchemaVersion;
  /** The scenario's name. */
  readonly name: string | null;
  /** Start of the run, ISO 8601. */
  readonly timestamp: string;
  readonly run_id: string;
  /** From the first operation to the end of the last one. */
  readonly duration_ms: number;
  /** False where the run was interrupted or lost workers: its figures are of a part. */
  readonly complete: boolean;
  readonly stop_reason: StopReason;
  readonly operations: OperationsResult;
  readonly success_rate_percent: number | null;
  readonly error_rate_percent: number | null;
  /** Ended operations, dropped ones not counted, by duration. */
  readonly throughput_ops_per_sec: number | null;
  /** The judged latency: successes, and time-outs at their bound. */
  readonly latency: JudgedLatencyResult;
  readonly cache: CacheResult & { readonly target_percent: number };
  /** Failed operations by kind; kinds that did not occur are 0. */
  readonly errors_by_type: Readonly<Record<FailureKind, number>>;
  readonly traffic: {
    readonly read_bytes: number;
    readonly written_bytes: number;
    readonly retries: number;
  };
  readonly writes: {
    readonly acknowledged: number;
    readonly reread: number;
    readonly lost: number;
    readonly evicted: number;
  };
  readonly warmup: {
    readonly keys: number;
    readonly stored: number;
    readonly failed: number;
    readonly stored_bytes: number;
    readonly duration_ms: number;
    readonly timed_out: boolean;
  };
  readonly unfinished: { readonly count: number; readonly oldest_age_ms: number };
  /** Open loop: operations that were due. */
  readonly scheduled: number | null;
  readonly cleanup: {
    readonly removable: boolean;
    readonly removed: number;
    readonly failed: number;
  };
  /** One row a second (one a window where windows are longer). */
  readonly time_series: readonly TimeSeriesRow[];
  /** Everything that was counted, by window: every figure above is a sum of these. */
  readonly windows: readonly WindowResult[];
  readonly config: ConfigResult;
  readonly verdict: VerdictResult;
  readonly generator: GeneratorResult;
  readonly server: ServerResult;
  readonly environment: EnvironmentResult;
  /** Where a trace was replayed. */
  readonly replay?: ReplayResult | undefined;
  readonly notes: readonly string[];
}

/** What `--scenarios` writes; with one of the last two what `--find-capacity` and `--ramp-clients` do. */
export interface SuiteResult {
  readonly schema_version: typeof resultSchemaVersion;
  readonly timestamp: string;
  readonly scenarios: readonly RunResult[];
  readonly verdict: { readonly verdict: OverallVerdict; readonly reasons: readonly string[] };
  readonly capacity?: CapacityResult | undefined;
  readonly scaling?: ScalingResult | undefined;
}

export interface OperationsResult {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
}

export interface CacheResult {
  readonly hits: number;
  readonly misses: number;
  /** Hits of answered look-ups. */
  readonly hit_rate_percent: number | null;
}

export interface LatencyResult {
  readonly count: number;
  readonly min_ms: number | null;
  readonly avg_ms: number | null;
  readonly p50_ms: number | null;
  readonly p90_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly p999_ms: number | null;
  readonly max_ms: number | null;
  /** HdrHistogram V2 compressed, base64, in µs. */
  readonly histogram: string | null;
}

export interface JudgedLatencyResult extends LatencyResult {
  /** `closed`: from the send. `open`: from the instant at which the operation was due. */
  readonly model: 'closed' | 'open';
  /** Series without a sample are left out. */
  readonly by_series: Readonly<Partial<Record<LatencySeries, LatencyResult>>>;
}

export interface TimeSeriesRow {
  readonly start_ms: number;
  readonly end_ms: number;
  readonly operations: OperationsResult;
  readonly throughput_ops_per_sec: number;
  readonly hits: number;
  readonly misses: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly max_ms: number | null;
  /** Under way at the row's end. */
  readonly in_flight: number;
  readonly server_memory_bytes: number | null;
  readonly server_cpu_cores: number | null;
  readonly generator_cpu_cores: number | null;
}

export interface WindowResult {
  readonly start_ms: number;
  readonly end_ms: number;
  readonly operations: OperationsResult;
  readonly hits: number;
  readonly misses: number;
  readonly read_bytes: number;
  readonly written_bytes: number;
  readonly in_flight: number;
  /** Kinds that occurred. */
  readonly errors_by_type: Readonly<Partial<Record<FailureKind, number>>>;
  /** Encoded as in `latency.histogram`. */
  readonly histograms: Readonly<Partial<Record<LatencySeries, string>>>;
}

/** What the run was asked to do. No header, token or key of it. */
export interface ConfigResult {
  readonly num_clients: number;
  readonly duration_secs: number;
  readonly requests_per_client: number;
  readonly repeat_builds: boolean;
  readonly cache_hit_ratio_target: number;
  readonly timeout_secs: number;
  readonly stages: readonly {
    readonly duration_secs: number;
    readonly from_rate: number;
    readonly to_rate: number;
  }[];
  readonly max_in_flight: number;
  readonly keys: string;
  readonly sizes: string;
  readonly working_set_keys: number;
  readonly working_set_bytes_max: number;
  readonly seed: number;
  readonly build_time_ms: number;
  readonly reread_share: number;
  readonly retries: number;
  readonly workers: number;
  readonly warmup_timeout_secs: number;
  readonly max_stored_bytes: number;
  readonly protocol: ProtocolName;
  readonly instance: string;
  /** `embedded`, or the URL without user-info. */
  readonly target: string;
  /** What the scenario's durations were multiplied by. */
  readonly scale: number;
  /** Name of a user's own scenario class. */
  readonly custom_scenario: string | null;
}

export interface VerdictResult {
  readonly verdict: OverallVerdict;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly rows: readonly {
    readonly metric: string;
    readonly label: string;
    readonly unit: string;
    readonly requirement: string;
    readonly measured: number | null;
    /** Distance to the limit of PASS, positive on the good side. */
    readonly margin: number | null;
    readonly verdict: RowVerdict;
    readonly pass_limit: number;
    /** `null`: never FAIL. */
    readonly fail_limit: number | null;
  }[];
  readonly drift: readonly {
    readonly metric: string;
    readonly unit: string;
    readonly change: number;
    readonly typical: number;
    readonly change_max: number;
    readonly p_value: number;
    readonly windows: number;
    readonly rises: boolean;
    readonly judged: boolean;
  }[];
}

export interface GeneratorResult {
  readonly workers: number;
  readonly lost_workers: readonly { readonly worker: number; readonly reason: string }[];
  readonly checks: readonly {
    readonly name: string;
    readonly status: HealthStatus;
    readonly text: string;
  }[];
  readonly cpu_cores: number | null;
  readonly cpu_us_per_operation: number | null;
  readonly memory_bytes_max: number | null;
  readonly calibration: { readonly before_ms: number; readonly after_ms: number };
  readonly open_files: { readonly limit: number | null; readonly needed: number };
  readonly samples: readonly {
    readonly at_ms: number;
    readonly cpu_cores: number;
    readonly memory_bytes: number;
    readonly loop_delay_p99_ms: number;
    readonly machine_cpu: number | null;
    readonly machine_steal: number | null;
  }[];
}

export interface ServerResult {
  readonly software: string | null;
  readonly memory_bytes_first: number | null;
  readonly memory_bytes_last: number | null;
  readonly memory_bytes_max: number | null;
  readonly cpu_cores: number | null;
  readonly cpu_us_per_operation: number | null;
  readonly samples: readonly {
    readonly at_ms: number;
    readonly memory_bytes: number | null;
    readonly resident_bytes: number | null;
    readonly cpu_ms: number | null;
    readonly evicted_entries: number | null;
  }[];
}

export interface EnvironmentResult {
  readonly memobuild_version: string;
  readonly node_version: string;
  readonly platform: string;
  readonly arch: string;
  readonly os_release: string;
  readonly cpu_model: string | null;
  readonly cpu_count: number;
  readonly memory_bytes: number;
  /** Of the checkout in which the run was started. */
  readonly commit: string | null;
  readonly ci: boolean;
}
