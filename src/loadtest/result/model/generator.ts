import { z } from 'zod';
import { healthCheckNames, healthStatuses } from '../../verdict/generator-health.ts';
import { amount, measured, number, type ReadonlyDeep, text } from './fields.ts';

const sampleSchema = z.object({
  at_ms: number('when, counted from the start of the measured part'),
  cpu_cores: amount('cores that the generator used in the second before'),
  memory_bytes: amount('memory of its process'),
  loop_delay_p99_ms: amount("the worst worker's event-loop delay, 99th percentile"),
  machine_cpu: measured("share of the machine's CPU in use, all processes, 0 to 1"),
  machine_steal: measured('share of CPU that the hypervisor took, 0 to 1'),
});

export const generatorSchema = z
  .object({
    workers: amount('threads that sent operations'),
    lost_workers: z
      .array(z.object({ worker: amount('its number'), reason: text('what ended it') }))
      .describe('threads that ended before the run did'),
    checks: z
      .array(
        z.object({
          name: z.enum(healthCheckNames).describe('what was looked at'),
          status: z
            .enum(healthStatuses)
            .describe('note: harmless to the verdict. spoilt: the run says nothing sure'),
          text: text('what was seen, and what it means'),
        }),
      )
      .describe('whether the generator and the machine were up to the run'),
    cpu_cores: measured('mean of the cores that the generator used'),
    cpu_us_per_operation: measured('CPU time of the generator for one operation'),
    memory_bytes_max: measured('the most memory that a sample saw'),
    calibration: z
      .object({
        before_ms: amount('what it took before the run'),
        after_ms: amount('what it took after the run'),
      })
      .describe('a fixed amount of work: times that differ mean a machine that was busy elsewhere'),
    open_files: z
      .object({
        limit: measured('how many files the process may hold open'),
        needed: amount('how many the run needs'),
      })
      .describe('file descriptors'),
    samples: z
      .array(sampleSchema)
      .describe('what the generator and the machine did, once a second'),
  })
  .describe('what the load generator did and used');

/** What the load generator did and used. */
export type GeneratorResult = ReadonlyDeep<z.infer<typeof generatorSchema>>;
