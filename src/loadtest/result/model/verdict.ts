import { z } from 'zod';
import { driftMetrics } from '../../verdict/drift.ts';
import { overallVerdicts } from '../../verdict/judge.ts';
import { rowVerdicts } from '../../verdict/judge-rows.ts';
import { riseShapes } from '../../verdict/rise.ts';
import { metricUnits, verdictMetricNames } from '../../verdict/verdict-metrics.ts';
import { amount, flag, measured, number, type ReadonlyDeep, text, texts } from './fields.ts';

export const overallVerdictSchema = z
  .enum(overallVerdicts)
  .describe(
    'VOID: the generator or the machine invalidated the run, or there was nothing to judge. ' +
      'A series has two more, NO ANSWER: the target was lost, and INCONCLUSIVE: it ended before it had an answer',
  );

const rowSchema = z.object({
  metric: z.enum(verdictMetricNames).describe('the judged metric'),
  label: text('display name'),
  unit: z.enum(metricUnits).describe('its unit; empty: a plain count'),
  requirement: text('the requirement as text: > 95 %'),
  measured: measured('what was measured'),
  is_lower_bound: flag(
    'true: operations that were given up are in it, so that it is at least this',
  ).optional(),
  interval_low: measured('lower end of its 95 % interval, for a percentile').optional(),
  interval_high: measured('upper end; null: too few operations to bound it').optional(),
  margin: measured('distance to the PASS limit, positive if met'),
  verdict: z.enum(rowVerdicts).describe('the verdict on this metric'),
  pass_limit: number('limit of PASS'),
  fail_limit: measured('limit of FAIL; null: never FAIL'),
});

const driftSchema = z.object({
  metric: z.enum(driftMetrics).describe('the metric'),
  unit: text('unit of change, typical and change_max'),
  shape: z.enum(riseShapes).optional().describe('shape of the rise; absent: chance explains it'),
  change: number(
    "for a step the difference of the medians, otherwise Theil-Sen's change over the judged part",
  ),
  step_at_ms: measured('time of the step, from the start of the measured part').optional(),
  typical: number('median of the windows, the reference for the change'),
  change_max: number('the larger of 5 % and a floor: smaller changes do not count'),
  p_value: amount('p value: probability of such a rise by chance'),
  windows: amount('windows in the test'),
  span_ms: amount('length of the tested part').optional(),
  rises: flag('whether it rose by more than chance and more than change_max'),
  judged: flag('false: the run is too short to judge the target by it'),
});

export const verdictSchema = z
  .object({
    verdict: overallVerdictSchema,
    reasons: texts('reasons, one sentence each; empty for PASS'),
    notes: texts('further remarks'),
    rows: z.array(rowSchema).describe('one row per judged metric'),
    drift: z.array(driftSchema).describe('metrics tested for a rise'),
  })
  .describe('the verdict and its parts');

/** The verdict on a run, as the result file holds it. */
export type VerdictResult = ReadonlyDeep<z.infer<typeof verdictSchema>>;
