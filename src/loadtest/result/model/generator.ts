import { z } from 'zod';
import { healthCheckNames, healthStatuses } from '../../verdict/generator-health.ts';
import { amount, measured, number, type ReadonlyDeep, text } from './fields.ts';

const sampleSchema = z.object({
  at_ms: number('when, counted from the start of the measured part'),
  cpu_cores: amount('cores that the generator used in the preceding second'),
  memory_bytes: amount('memory of its process'),
  loop_delay_p99_ms: amount("the worst worker's event-loop delay, 99th percentile"),
  machine_cpu: measured("share of the machine's CPU in use, all processes, 0 to 1"),
  loop_delay_max_ms: amount('the longest time for which a worker stalled').optional(),
  machine_other_cpu: measured(
    'share of CPU that neither the generator nor a target on this machine used, 0 to 1',
  ).optional(),
  machine_steal: measured('share of CPU that the hypervisor took, 0 to 1'),
});

/** Earlier builds of version 2 wrote 'spoilt' for 'void'. */
function currentStatus(written: unknown): unknown {
  return written === 'spoilt' ? 'void' : written;
}

export const generatorSchema = z
  .object({
    workers: amount('threads that sent operations'),
    lost_workers: z
      .array(
        z.object({
          worker: amount('its number'),
          reason: text('why it ended'),
          at_ms: amount('when').optional(),
        }),
      )
      .describe('threads that died before the run ended'),
    checks: z
      .array(
        z.object({
          name: z.enum(healthCheckNames).describe('the check'),
          status: z
            .preprocess(currentStatus, z.enum(healthStatuses))
            .describe(
              'note: it does not decide any row of the verdict. void: it decides one, so the run cannot be judged',
            ),
          text: text('the observation and its meaning'),
        }),
      )
      .describe('whether the generator and the machine kept up with the run'),
    cpu_cores: measured('mean of the cores that the generator used'),
    cpu_us_per_operation: measured('CPU time of the generator per operation'),
    memory_bytes_max: measured('highest memory in a sample'),
    machine_other_cpu: measured(
      'mean share of CPU that neither the generator nor a target on this machine used, 0 to 1',
    ).optional(),
    machine_steal_most: measured(
      'share of CPU that the hypervisor took in the worst second, 0 to 1',
    ).optional(),
    calibration: z
      .object({
        before_ms: amount('time before the run'),
        after_ms: amount('time after the run'),
      })
      .describe(
        'duration of a fixed amount of work: different times mean that the machine was busy with something else',
      ),
    open_files: z
      .object({
        limit: measured('limit on open files of the process'),
        needed: amount('files that the run needs'),
      })
      .describe('file descriptors'),
    samples: z
      .array(sampleSchema)
      .describe('samples of the generator and the machine, one per second'),
  })
  .describe("the load generator's health and resource use");

/** What the load generator did and used. */
export type GeneratorResult = ReadonlyDeep<z.infer<typeof generatorSchema>>;
