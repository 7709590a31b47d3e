import { z } from 'zod';
import { amount, flag, type ReadonlyDeep, text, textOrNull } from './fields.ts';

export const environmentSchema = z
  .object({
    memobuild_version: text('version of this program'),
    node_version: text('version of Node'),
    platform: text("the operating system's name, as Node gives it"),
    arch: text("the processor's architecture, as Node gives it"),
    os_release: text("the operating system's release"),
    cpu_model: textOrNull("the processor's name"),
    cpu_count: amount('processors that this process may use'),
    memory_bytes: amount("the machine's memory"),
    commit: textOrNull('commit of the checkout in which the run was started'),
    ci: flag('whether it was started by a CI system'),
  })
  .describe('the environment of the run; nothing names the machine or its user');

/** The machine and the versions that a run was made with. */
export type EnvironmentResult = ReadonlyDeep<z.infer<typeof environmentSchema>>;
