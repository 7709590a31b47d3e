import { z } from 'zod';
import { measured, number, type ReadonlyDeep, textOrNull } from './fields.ts';

const sampleSchema = z.object({
  at_ms: number('when, counted from the start of the measured part'),
  memory_bytes: measured("memory that belongs to the server's processes alone"),
  resident_bytes: measured('resident memory, pages of mapped files included'),
  cpu_ms: measured('CPU time used so far, all its processes'),
  evicted_entries: measured('entries that the cache says it has evicted so far'),
});

export const serverSchema = z
  .object({
    software: textOrNull('what the target says it is'),
    memory_bytes_first: measured('memory in the first sample'),
    memory_bytes_last: measured('memory in the last sample'),
    memory_bytes_max: measured('the most memory that a sample saw'),
    cpu_cores: measured('mean of the cores that the server used'),
    cpu_us_per_operation: measured('CPU time of the server for one operation'),
    samples: z.array(sampleSchema).describe('what the server used, once a second'),
  })
  .describe("what the target's processes used; null where that is not known");

/** What the target's processes used. */
export type ServerResult = ReadonlyDeep<z.infer<typeof serverSchema>>;
