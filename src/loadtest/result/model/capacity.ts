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
    'how the search ended. found: the capacity lies between a rate that met the criteria and one that did not.  ' +
      'above_max_rate: the highest rate to try met the criteria.  ' +
      'below_start_rate: the lowest rate did not meet them.  ' +
      'generator_limited: the generator, not the target, was the limit.  ' +
      'unsafe: wrong bytes were read, or acknowledged writes were lost. ' +
      'incomplete: the search ended before it had an answer',
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
    .describe("the verdict's metric, or the check that the generator failed"),
  text: text('what was measured, and what was required'),
});

const limitsSchema = z
  .object({
    start_rate: amount('the first rate, operations per second'),
    max_rate: amount('the highest rate that may be tried'),
    step_duration_secs: amount('minimum time for which a rate is held'),
    step_duration_max_secs: amount('maximum time for which a rate is held'),
    resolution: amount('width of the bracket, relative to its lower end, that ends the search'),
    steps_max: amount('most steps'),
    search_duration_max_secs: amount('how long the search may take'),
  })
  .describe('the limits of the search');

const stepSchema = z.object({
  rate: amount('target rate, operations per second'),
  attempt: amount('attempt number: 1, or more where a rate was repeated'),
  verdict: z.enum(['met', 'not_met', 'void', 'interrupted']).describe('outcome'),
  rate_reached: measured('operations per second completed during the step'),
  held_ms: amount('how long operations were sent'),
  steady: flag('whether the figures were steady when the step ended'),
  operations: amount('completed operations'),
  failed: amount('operations that failed'),
  success_rate_percent: measured('share of operations that succeeded'),
  p50_ms: measured('median of the judged latency'),
  p95_ms: measured('95th percentile of the judged latency'),
  p99_ms: measured('99th percentile of the judged latency'),
  hit_rate_percent: measured('share of answered lookups that hit'),
  broke: z.array(brokenCriterionSchema).describe('criteria that were not met'),
  machine_cpu: measured("share of the machine's CPU in use, all processes, 0 to 1"),
  generator_cpu_cores: measured('mean of the cores that the generator used'),
  server_cpu_cores: measured('mean of the cores that the server used'),
  server_memory_bytes_max: measured('highest memory in a sample of the server'),
});

/** Checks what a capacity search found. */
export const capacitySchema = z.object({
  outcome: outcomeSchema,
  stopped_by: stopSchema,
  highest_met: measured('the highest rate that met the criteria: lower end of the capacity'),
  lowest_not_met: measured('the lowest rate that did not meet them: upper end of the capacity'),
  lowest_void: measured('lowest rate at which the generator could not keep its schedule'),
  broke: z
    .array(brokenCriterionSchema)
    .describe('criteria that the target broke at the lowest rate not met'),
  knee: z
    .object({ rate: amount('the rate'), p95_ms: amount('the 95th percentile at that rate') })
    .nullable()
    .describe('the last rate before P95 rises above twice its lowest'),
  limits: limitsSchema,
  steps: z.array(stepSchema).describe('one per run, in the order of scenarios'),
});

/** How a capacity search ended. */
export type CapacityOutcome = z.infer<typeof outcomeSchema>;
/** Why no further rate was tried. */
export type CapacityStop = z.infer<typeof stopSchema>;
/** A criterion that was not met, and by how much. */
export type BrokenCriterion = ReadonlyDeep<z.infer<typeof brokenCriterionSchema>>;
/** One run at one rate; the file's `scenarios` hold it whole, at the same place. */
export type CapacityStepResult = ReadonlyDeep<z.infer<typeof stepSchema>>;
/** What `--find-capacity` found. Rates are target rate, operations per second. */
export type CapacityResult = ReadonlyDeep<z.infer<typeof capacitySchema>>;
