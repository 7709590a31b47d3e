import type { CapacityResult, CapacityStepResult } from '../loadtest/internal.ts';

/** A step of a capacity search that met its criteria. */
export function buildStep(
  rate: number,
  change: Partial<CapacityStepResult> = {},
): CapacityStepResult {
  return {
    rate,
    attempt: 1,
    verdict: 'met',
    rate_reached: rate,
    held_ms: 5000,
    steady: true,
    operations: 5 * rate,
    failed: 0,
    success_rate_percent: 100,
    p50_ms: 2,
    p95_ms: 4,
    p99_ms: 9,
    hit_rate_percent: 75,
    broke: [],
    machine_cpu: 0.6,
    generator_cpu_cores: 0.2,
    server_cpu_cores: 0.8,
    server_memory_bytes_max: 120e6,
    ...change,
  };
}

/** A search that met 849 operations per second and not 1,200. */
export function buildCapacity(
  steps: readonly CapacityStepResult[],
  change: Partial<CapacityResult> = {},
): CapacityResult {
  return {
    outcome: 'found',
    stopped_by: 'resolution',
    highest_met: 849,
    lowest_not_met: 1200,
    lowest_void: null,
    broke: [],
    knee: { rate: 849, p95_ms: 4 },
    limits: {
      start_rate: 600,
      max_rate: 100_000,
      step_duration_secs: 5,
      step_duration_max_secs: 15,
      resolution: 0.5,
      steps_max: 40,
      search_duration_max_secs: 900,
    },
    steps: [...steps],
    ...change,
  };
}
