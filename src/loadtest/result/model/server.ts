import { z } from 'zod';
import { measured, number, type ReadonlyDeep, textOrNull } from './fields.ts';

const sampleSchema = z.object({
  at_ms: number('when, counted from the start of the measured part'),
  memory_bytes: measured("private memory of the server's processes"),
  resident_bytes: measured('resident memory, pages of mapped files included'),
  cpu_ms: measured('CPU time used so far, all its processes'),
  evicted_entries: measured('evictions so far, as the cache reports them'),
});

export const serverSchema = z
  .object({
    software: textOrNull('software that the target reports'),
    memory_bytes_first: measured('memory in the first sample'),
    memory_bytes_last: measured('memory in the last sample'),
    memory_bytes_max: measured('highest memory in a sample'),
    cpu_cores: measured('mean of the cores that the server used'),
    cpu_us_per_operation: measured('CPU time of the server per operation'),
    samples: z.array(sampleSchema).describe('resource use of the server, one sample per second'),
  })
  .describe("resource use of the target's processes; null if unknown");

/** What the target's processes used. */
export type ServerResult = ReadonlyDeep<z.infer<typeof serverSchema>>;
