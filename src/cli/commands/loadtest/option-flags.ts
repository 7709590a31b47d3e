import { parseDuration } from '../../../core/index.ts';
import type { LoadTestConfig } from '../../../loadtest/index.ts';
import { asNumber, asSeconds, flagName } from './flag-values.ts';
import type { LoadTestFlags } from './flags.ts';

/** Each configuration key with its flag and how the flag's text is read. */
const keyFlags = {
  numClients: ['clients', asNumber],
  durationSecs: ['duration', asSeconds],
  requestsPerClient: ['requests', asNumber],
  cacheHitRatioTarget: ['hitRate', asNumber],
  timeoutSecs: ['timeout', asSeconds],
  rate: ['rate', asText],
  stages: ['stages', asText],
  replay: ['replay', asText],
  speed: ['speed', asNumber],
  maxInFlight: ['maxInFlight', asNumber],
  keys: ['keys', asText],
  sizes: ['size', asText],
  workingSetKeys: ['workingSet', asNumber],
  workingSetBytesMax: ['workingSetBytes', asText],
  seed: ['seed', asNumber],
  buildTimeMs: ['buildTime', asMilliseconds],
  rereadShare: ['reread', asNumber],
  retries: ['retries', asNumber],
  workers: ['workers', asNumber],
  warmupTimeoutSecs: ['warmup', asSeconds],
  maxStoredBytes: ['maxStored', asText],
  protocol: ['protocol', asText],
  instance: ['instance', asText],
  target: ['target', asText],
  serverArgs: ['serverArg', asIs],
  serverProgram: ['serverProgram', asText],
  scale: ['scale', asNumber],
} as const satisfies Partial<
  Record<keyof LoadTestConfig, readonly [keyof LoadTestFlags, (text: string) => unknown]>
>;

/** The configuration that the flags ask for. Texts that are not what a key takes are handed on as they are, so that the check can show them. */
export function configOf(flags: LoadTestFlags): LoadTestConfig {
  const config: Record<string, unknown> = {};
  for (const [key, [flag, read]] of Object.entries(keyFlags)) {
    const value = flags[flag];
    if (value !== undefined) config[key] = read(value as string);
  }
  return config as LoadTestConfig;
}

/** How the user knows a configuration key: by its flag. */
export function labelOf(key: string): string {
  const entry = (keyFlags as Record<string, readonly [keyof LoadTestFlags, unknown] | undefined>)[
    key
  ];
  if (entry !== undefined) return flagName(entry[0]);
  if (key === 'headers') return '--header, a token or basic authorization';
  return key === 'tls' ? '--ca, --cert, --key, --insecure-tls' : key;
}

/** A message of the library for the user of the command line: options are called by their flags. */
export function withFlagNames(message: string): string {
  // Keys of one word are also words of the language, and stay.
  const keys = Object.keys(keyFlags).filter((key) => /[A-Z]/.test(key));
  return message.replace(new RegExp(`\\b(?:${keys.join('|')})\\b`, 'g'), (key) => labelOf(key));
}

function asText(text: string): string {
  return text;
}

function asIs(value: unknown): unknown {
  return value;
}

/** A plain number is ms here: the key's name says so, and think times are short. */
function asMilliseconds(text: string): number | string {
  const plain = asNumber(text);
  return typeof plain === 'number' ? plain : (parseDuration(text) ?? text);
}
