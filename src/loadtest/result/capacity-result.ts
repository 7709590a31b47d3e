/** How a search for the capacity ended. */
export type CapacityOutcome =
  /** Between a rate that met the criteria and one that the target did not meet them at. */
  | 'found'
  /** The criteria were met at the highest rate that was to be tried. */
  | 'above_max_rate'
  /** They were not met at the lowest. */
  | 'below_start_rate'
  /** The generator, not the target, was at its end. */
  | 'generator_limited'
  /** Wrong bytes were read, or acknowledged writes were lost. */
  | 'unsafe'
  /** The search was cut off before there was an answer. */
  | 'incomplete';

/** Why no further rate was tried. */
export type CapacityStop =
  | 'resolution'
  | 'max_rate'
  | 'start_rate'
  | 'steps'
  | 'time'
  | 'unsafe'
  | 'max_stored'
  | 'no_answer'
  | 'interrupted';

/** What `--find-capacity` found. Rates are operations a second that were asked for. */
export interface CapacityResult {
  readonly outcome: CapacityOutcome;
  readonly stopped_by: CapacityStop;
  /** The capacity lies from here … */
  readonly highest_met: number | null;
  /** … to here. */
  readonly lowest_not_met: number | null;
  /** From here on the generator could not keep its schedule. */
  readonly lowest_void: number | null;
  /** What the target broke at the lowest rate that was not met. */
  readonly broke: readonly BrokenCriterion[];
  /** The last rate before P95 rises above twice its lowest. */
  readonly knee: { readonly rate: number; readonly p95_ms: number } | null;
  readonly limits: CapacityLimitsResult;
  /** In the order in which they were run. */
  readonly steps: readonly CapacityStepResult[];
}

export interface BrokenCriterion {
  readonly metric: string;
  readonly text: string;
}

export interface CapacityLimitsResult {
  readonly start_rate: number;
  readonly max_rate: number;
  readonly step_duration_secs: number;
  readonly step_duration_max_secs: number;
  /** Width of the bracket, relative to its lower end, at which the search ends. */
  readonly resolution: number;
  readonly steps_max: number;
  readonly search_duration_max_secs: number;
}

/** One run at one rate; the file's `scenarios` hold it whole, at the same place. */
export interface CapacityStepResult {
  readonly rate: number;
  /** 1, or more where a rate was tried again. */
  readonly attempt: number;
  readonly verdict: 'met' | 'not_met' | 'void' | 'interrupted';
  readonly rate_reached: number | null;
  readonly held_ms: number;
  /** Whether its figures had settled when it was ended. */
  readonly steady: boolean;
  readonly operations: number;
  readonly failed: number;
  readonly success_rate_percent: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly hit_rate_percent: number | null;
  readonly broke: readonly BrokenCriterion[];
  /** Share of the machine's CPU that was used, all processes, 0 to 1. */
  readonly machine_cpu: number | null;
  readonly generator_cpu_cores: number | null;
  readonly server_cpu_cores: number | null;
  readonly server_memory_bytes_max: number | null;
}

/** What `--ramp-clients` measured; the file's `scenarios` hold each run, at the same place as its point. */
export interface ScalingResult {
  readonly points: readonly ScalingPoint[];
  /** The Universal Scalability Law that fits best; `null` with too few points. */
  readonly law: {
    readonly gamma: number;
    readonly sigma: number;
    readonly kappa: number;
    readonly r_squared: number;
    readonly knee_clients: number;
    readonly peak_clients: number | null;
  } | null;
  /** Whether the law may be relied on. */
  readonly law_quality: 'good' | 'doubtful' | 'worthless';
  /** Why it may not be, one sentence each. */
  readonly law_doubts: readonly string[];
}

export interface ScalingPoint {
  readonly clients: number;
  readonly ops_per_sec: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly failed: number;
  /** Of what the fewest clients reached, times as many clients. */
  readonly efficiency_percent: number | null;
  /** What the law expects. */
  readonly expected_ops_per_sec: number | null;
}
