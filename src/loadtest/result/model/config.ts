import type { z } from 'zod';
import { recordedConfigSchema } from '../../config/config.ts';
import { type ReadonlyDeep, textOrNull } from './fields.ts';

export const configSchema = recordedConfigSchema
  .extend({ custom_scenario: textOrNull("name of a user's own scenario class") })
  .describe("the run's configuration, without headers, tokens or keys");

/** What a run was asked to do. It holds no header, token or key of the configuration. */
export type ConfigResult = ReadonlyDeep<z.infer<typeof configSchema>>;
