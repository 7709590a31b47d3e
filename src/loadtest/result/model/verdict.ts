import { z } from 'zod';
import { driftMetrics } from '../../verdict/drift.ts';
import { overallVerdicts } from '../../verdict/judge.ts';
import { rowVerdicts } from '../../verdict/judge-rows.ts';
import { riseShapes } from '../../verdict/rise.ts';
import { metricUnits, verdictMetricNames } from '../../verdict/verdict-metrics.ts';
import { amount, flag, measured, number, type ReadonlyDeep, text, texts } from './fields.ts';

export const overallVerdictSchema = z
  .enum(overallVerdicts)
  .describe('VOID: the generator or the machine spoiled the run, or there was nothing to judge');

const rowSchema = z.object({
  metric: z.enum(verdictMetricNames).describe('the metric that was judged'),
  label: text('its name for a reader'),
  unit: z.enum(metricUnits).describe('its unit; empty: a plain count'),
  requirement: text('what was asked, for a reader: > 95 %'),
  measured: measured('what was measured'),
  margin: measured('distance to the limit of PASS, positive on the good side'),
  verdict: z.enum(rowVerdicts).describe('the verdict on this metric'),
  pass_limit: number('limit of PASS'),
  fail_limit: measured('limit of FAIL; null: never FAIL'),
});

const driftSchema = z.object({
  metric: z.enum(driftMetrics).describe('what may have drifted'),
  unit: text('unit of change, typical and change_max'),
  shape: z
    .enum(riseShapes)
    .optional()
    .describe('what the rise looks like; none: chance explains it'),
  change: number(
    "of a step the difference of the medians, else Theil-Sen's change over the judged part",
  ),
  step_at_ms: measured('when a step came, from the start of the measured part').optional(),
  typical: number('median of the windows, which the change is compared with'),
  change_max: number('the change that counts: the larger of 5 % and a floor'),
  p_value: amount('chance of such a rise where there is none'),
  windows: amount('windows that were looked at'),
  span_ms: amount('length of the part that was looked at').optional(),
  rises: flag('whether it rose by more than chance and more than change_max'),
  judged: flag('false: the run is too short to hold it against the target'),
});

export const verdictSchema = z
  .object({
    verdict: overallVerdictSchema,
    reasons: texts('why it is that, one sentence each; empty for PASS'),
    notes: texts('what a reader should know besides'),
    rows: z.array(rowSchema).describe('one row for each metric that was judged'),
    drift: z.array(driftSchema).describe('what was looked at for a rise'),
  })
  .describe('the verdict, and what it was made of');

/** The verdict on a run, as the result file holds it. */
export type VerdictResult = ReadonlyDeep<z.infer<typeof verdictSchema>>;
