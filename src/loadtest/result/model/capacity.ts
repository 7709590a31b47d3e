import { z } from 'zod';
import { healthCheckNames } from '../../verdict/generator-health.ts';
import { verdictMetricNames } from '../../verdict/verdict-metrics.ts';
import { amount, flag, measured, type ReadonlyDeep, text } from './fields.ts';

const outcomeSchema = z
  .enum([
    'found',
    'above_max_rate',
    'below_start_rate',
    'generator_limited',
    'unsafe',
    'incomplete',
  ])
  .describe(
    'how the search ended. found: between a rate that was met and one that was not. ' +
      'above_max_rate: the highest rate that was to be tried was met. ' +
      'below_start_rate: the lowest one was not met. ' +
      'generator_limited: the generator, not the target, was at its end. ' +
      'unsafe: wrong bytes were read, or acknowledged writes were lost. ' +
      'incomplete: cut off before there was an answer',
  );

const stopSchema = z
  .enum([
    'resolution',
    'max_rate',
    'start_rate',
    'steps',
    'time',
    'unsafe',
    'max_stored',
    'no_answer',
    'interrupted',
  ])
  .describe('why no further rate was tried');

const brokenCriterionSchema = z.object({
  metric: z
    .enum([...verdictMetricNames, ...healthCheckNames.map((name) => `generator_${name}` as const)])
    .describe("the verdict's metric, or the check that the generator did not pass"),
  text: text('what was measured, and what was required'),
});

const limitsSchema = z
  .object({
    start_rate: amount('the first rate, operations per second'),
    max_rate: amount('the highest rate that may be tried'),
    step_duration_secs: amount('how long a rate is held at least'),
    step_duration_max_secs: amount('how long a rate is held at most'),
    resolution: amount('width of the bracket, relative to its lower end, that ends the search'),
    steps_max: amount('steps at most'),
    search_duration_max_secs: amount('how long the search may take'),
  })
  .describe('what the search was asked to keep to');

const stepSchema = z.object({
  rate: amount('operations per second that were asked for'),
  attempt: amount('1, or more where a rate was tried again'),
  verdict: z.enum(['met', 'not_met', 'void', 'interrupted']).describe('what came of it'),
  rate_reached: measured('operations per second that ended while they were sent'),
  held_ms: amount('how long operations were sent'),
  steady: flag('whether its figures had settled when it was ended'),
  operations: amount('operations that ended'),
  failed: amount('operations that failed'),
  success_rate_percent: measured('successes of all operations'),
  p50_ms: measured('median of the judged latency'),
  p95_ms: measured('95th percentile of the judged latency'),
  p99_ms: measured('99th percentile of the judged latency'),
  hit_rate_percent: measured('hits of the look-ups that were answered'),
  broke: z.array(brokenCriterionSchema).describe('what was not met'),
  machine_cpu: measured("share of the machine's CPU in use, all processes, 0 to 1"),
  generator_cpu_cores: measured('mean of the cores that the generator used'),
  server_cpu_cores: measured('mean of the cores that the server used'),
  server_memory_bytes_max: measured('the most memory that a sample of the server saw'),
});

/** Checks what a search for the capacity found. */
export const capacitySchema = z.object({
  outcome: outcomeSchema,
  stopped_by: stopSchema,
  highest_met: measured('the highest rate that was met: the capacity lies from here'),
  lowest_not_met: measured('the lowest rate that was not met: the capacity lies up to here'),
  lowest_void: measured('from here on the generator could not keep its schedule'),
  broke: z
    .array(brokenCriterionSchema)
    .describe('what the target broke at the lowest rate that was not met'),
  knee: z
    .object({ rate: amount('the rate'), p95_ms: amount('the 95th percentile at it') })
    .nullable()
    .describe('the last rate before P95 rises above twice its lowest'),
  limits: limitsSchema,
  steps: z
    .array(stepSchema)
    .describe('one for each run, in order; scenarios holds the runs at the same places'),
});

/** How a search for the capacity ended. */
export type CapacityOutcome = z.infer<typeof outcomeSchema>;
/** Why no further rate was tried. */
export type CapacityStop = z.infer<typeof stopSchema>;
/** A criterion that was not met, and by how much. */
export type BrokenCriterion = ReadonlyDeep<z.infer<typeof brokenCriterionSchema>>;
/** One run at one rate; the file's `scenarios` hold it whole, at the same place. */
export type CapacityStepResult = ReadonlyDeep<z.infer<typeof stepSchema>>;
/** What `--find-capacity` found. Rates are operations per second that were asked for. */
export type CapacityResult = ReadonlyDeep<z.infer<typeof capacitySchema>>;
