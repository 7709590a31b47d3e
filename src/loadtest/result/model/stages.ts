import { z } from 'zod';
import { amount, type ReadonlyDeep } from './fields.ts';
import { latencySchema } from './latency.ts';

export const stageSchema = z.object({
  start_ms: amount('its start, counted from the start of the measured part'),
  end_ms: amount('its end, counted from the start of the measured part'),
  from_rate: amount('operations per second at its start'),
  to_rate: amount('operations per second at its end'),
  latency: latencySchema.describe(
    'from the due time, of the operations that were due in it, failed ones included',
  ),
  service: latencySchema.describe('the same operations from their send'),
});

/** One stage of an open loop. */
export type StageResult = ReadonlyDeep<z.infer<typeof stageSchema>>;
