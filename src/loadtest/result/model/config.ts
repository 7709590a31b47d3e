import { z } from 'zod';
import { protocolNames } from '../../config/config.ts';
import { amount, flag, type ReadonlyDeep, text, textOrNull } from './fields.ts';

export const configSchema = z
  .object({
    num_clients: amount('clients, one connection each'),
    duration_secs: amount('how long operations are sent'),
    requests_per_client: amount('operations of one build; 0 = no cap'),
    repeat_builds: flag('whether a client that has ended its build begins another'),
    cache_hit_ratio_target: amount('share of look-ups that are to hit').max(1),
    timeout_secs: amount('bound of one operation'),
    stages: z
      .array(
        z.object({
          duration_secs: amount('how long the stage lasts'),
          from_rate: amount('operations per second at its start'),
          to_rate: amount('operations per second at its end'),
        }),
      )
      .describe('empty: closed loop'),
    max_in_flight: amount('open loop: operations under way at most'),
    keys: text('how keys are picked, as --keys takes it'),
    sizes: text('how large bodies are, as --size takes it'),
    working_set_keys: amount('keys stored before the run'),
    working_set_bytes_max: amount('bytes that the working set may take'),
    seed: amount('seed of all that is random'),
    build_time_ms: amount('what a build step takes where its look-up missed'),
    reread_share: amount('share of the acknowledged writes that are read again'),
    retries: amount('how often a failed request is sent again'),
    workers: amount("the generator's threads"),
    warmup_timeout_secs: amount('how long the warm-up may take'),
    max_stored_bytes: amount('bytes that the run may leave on the target'),
    protocol: z.enum(protocolNames).describe('the protocol that was spoken'),
    instance: text('the part of the cache that was used, as --instance takes it'),
    target: text('embedded, or a URL without credentials'),
    scale: amount('what the durations were multiplied by'),
    custom_scenario: textOrNull("name of a user's own scenario class"),
  })
  .describe('what the run was asked to do: no header, token or key of it');

/** What a run was asked to do. It holds no header, token or key of the configuration. */
export type ConfigResult = ReadonlyDeep<z.infer<typeof configSchema>>;
