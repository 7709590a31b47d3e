import { z } from 'zod';
import { parseSize } from '../../core/index.ts';
import {
  type KeyDistribution,
  type LoadTestConfig,
  protocolNames,
  type RateStage,
  type SizeDistribution,
} from './config.ts';
import { keysForm, parseKeys, parseSizes, sizesForm } from './parse-distributions.ts';
import { parseRate, parseStages, rateForm, stagesForm } from './parse-stages.ts';
import { targetForm } from './parse-target.ts';

/** Checks each key by itself; texts become what they mean, nothing is filled in. */
export function parseConfig(
  given: unknown,
): { readonly config: ParsedConfig } | { readonly error: z.ZodError } {
  const result = loadTestConfigSchema.safeParse(given);
  return result.success ? { config: result.data } : { error: result.error };
}

/** A {@link LoadTestConfig} whose texts have been read. */
export interface ParsedConfig
  extends Omit<
    LoadTestConfig,
    'rate' | 'stages' | 'keys' | 'sizes' | 'workingSetBytesMax' | 'maxStoredBytes'
  > {
  readonly rate?: { readonly fromRate: number; readonly toRate: number } | undefined;
  readonly stages?: readonly RateStage[] | undefined;
  readonly keys?: KeyDistribution | undefined;
  readonly sizes?: SizeDistribution | undefined;
  readonly workingSetBytesMax?: number | undefined;
  readonly maxStoredBytes?: number | undefined;
}

/**
 * Every key that a user may give. A field's error message is what the field takes, so that a
 * problem can be told as "KEY takes WHAT; got VALUE".
 */
const loadTestConfigSchema = z
  .strictObject({
    name: text('a name of 1 to 100 characters', (value) => value.length > 0 && value.length <= 100),
    numClients: whole(1, 100_000),
    durationSecs: number('a number of seconds above 0, up to 604,800', 0, 604_800, 'above'),
    requestsPerClient: whole(0, 1_000_000_000),
    repeatBuilds: z.boolean('true or false'),
    cacheHitRatioTarget: number('a number from 0 to 1', 0, 1),
    timeoutSecs: number('a number of seconds above 0, up to 3,600', 0, 3_600, 'above'),
    rate: parsed(rateForm, parseRate),
    stages: parsed(stagesForm, parseStages),
    maxInFlight: whole(1, 1_000_000),
    keys: parsed(keysForm, parseKeys),
    sizes: parsed(sizesForm, parseSizes),
    workingSetKeys: whole(1, 10_000_000),
    workingSetBytesMax: size(),
    seed: whole(0, 2 ** 32 - 1),
    buildTimeMs: number('milliseconds from 0 to 3,600,000', 0, 3_600_000),
    rereadShare: number('a number from 0 to 1', 0, 1),
    retries: whole(0, 100),
    workers: whole(1, 256),
    warmupTimeoutSecs: number('a number of seconds above 0, up to 86,400', 0, 86_400, 'above'),
    maxStoredBytes: size(),
    protocol: z.enum(protocolNames, `one of ${protocolNames.join(', ')}`),
    instance: text(
      'a name of letters, digits, . _ - and / between (no ..), up to 200 characters',
      (value) => /^([\w-][\w.-]*(\/[\w-][\w.-]*)*)?$/.test(value) && value.length <= 200,
    ),
    target: z.string(targetForm),
    serverArgs: z.array(z.string('a list of texts'), 'a list of texts'),
    serverProgram: z.string('the path of a bin/memobuild.js'),
    headers: z.record(z.string(), z.string('names with texts'), 'names with texts'),
    tls: z.strictObject(
      {
        ca: z.string('PEM text').optional(),
        cert: z.string('PEM text').optional(),
        key: z.string('PEM text').optional(),
        insecure: z.boolean('true or false').optional(),
      },
      'ca, cert, key (PEM texts) and insecure',
    ),
    scale: number('a number above 0, up to 10', 0, 10, 'above'),
    replay: text('the path of a trace', (value) => value !== ''),
    speed: number('a number above 0, up to 1,000', 0, 1000, 'above'),
  } satisfies Record<keyof LoadTestConfig, z.ZodType>)
  .partial();

function whole(least: number, most: number): z.ZodType<number> {
  const takes = `a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
  return z.number(takes).int(takes).min(least, takes).max(most, takes);
}

function number(
  takes: string,
  least: number,
  most: number,
  bound: 'from' | 'above' = 'from',
): z.ZodType<number> {
  const lower = z.number(takes).max(most, takes);
  return bound === 'above' ? lower.gt(least, takes) : lower.min(least, takes);
}

function text(takes: string, isValid: (value: string) => boolean): z.ZodType<string> {
  return z.string(takes).refine(isValid, takes);
}

function size(): z.ZodType<number> {
  return parsed('a size above 0, as 256MiB', (value) => {
    const sizeBytes = typeof value === 'string' ? parseSize(value) : value;
    return Number.isSafeInteger(sizeBytes) && (sizeBytes as number) > 0
      ? (sizeBytes as number)
      : undefined;
  });
}

function parsed<T>(takes: string, parse: (value: unknown) => T | undefined): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: takes, input: value });
    return z.NEVER;
  });
}
