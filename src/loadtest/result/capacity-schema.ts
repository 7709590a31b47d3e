import { z } from 'zod';
import type { CapacityResult, ScalingResult } from './capacity-result.ts';

const count = z.number().min(0);
const measured = z.number().nullable();
const text = z.string();
const broke = z.array(z.object({ metric: text, text }));

/** Checks what a search for the capacity found. */
export const capacitySchema: z.ZodType<CapacityResult> = z.object({
  outcome: z.enum([
    'found',
    'above_max_rate',
    'below_start_rate',
    'generator_limited',
    'unsafe',
    'incomplete',
  ]),
  stopped_by: z.enum([
    'resolution',
    'max_rate',
    'start_rate',
    'steps',
    'time',
    'unsafe',
    'max_stored',
    'no_answer',
    'interrupted',
  ]),
  highest_met: measured,
  lowest_not_met: measured,
  lowest_void: measured,
  broke: broke.describe('what the target broke at the lowest rate that was not met'),
  knee: z.object({ rate: count, p95_ms: count }).nullable(),
  limits: z.object({
    start_rate: count,
    max_rate: count,
    step_duration_secs: count,
    step_duration_max_secs: count,
    resolution: count,
    steps_max: count,
    search_duration_max_secs: count,
  }),
  steps: z.array(
    z.object({
      rate: count,
      attempt: count,
      verdict: z.enum(['met', 'not_met', 'void', 'interrupted']),
      rate_reached: measured,
      held_ms: count,
      steady: z.boolean(),
      operations: count,
      failed: count,
      success_rate_percent: measured,
      p50_ms: measured,
      p95_ms: measured,
      p99_ms: measured,
      hit_rate_percent: measured,
      broke,
      machine_cpu: measured,
      generator_cpu_cores: measured,
      server_cpu_cores: measured,
      server_memory_bytes_max: measured,
    }),
  ),
});

/** Checks what a ramp over client counts measured. */
export const scalingSchema: z.ZodType<ScalingResult> = z.object({
  points: z.array(
    z.object({
      clients: count,
      ops_per_sec: measured,
      p50_ms: measured,
      p95_ms: measured,
      p99_ms: measured,
      failed: count,
      efficiency_percent: measured,
      expected_ops_per_sec: measured,
    }),
  ),
  law: z
    .object({
      gamma: count,
      sigma: count,
      kappa: count,
      r_squared: z.number(),
      knee_clients: count,
      peak_clients: measured,
    })
    .nullable()
    .describe('Universal Scalability Law; null: too few points'),
  law_quality: z.enum(['good', 'doubtful', 'worthless']),
  law_doubts: z.array(text),
});
