import { availableParallelism } from 'node:os';
import type { KeyDistribution, ProtocolName, SizeDistribution } from './config.ts';

/** The guide's defaults, and those that it leaves open. */
export const defaultNumClients = 10;
export const defaultDurationSecs = 60;
export const defaultRequestsPerClient = 100;
export const defaultCacheHitRatioTarget = 0.75;
export const defaultTimeoutSecs = 30;
export const defaultWorkingSetKeys = 1_000;
export const defaultWorkingSetBytesMax: number = 256 * 2 ** 20;
/** Somebody's cache: the run stores no more than this. */
export const defaultMaxStoredBytes: number = 2 ** 30;
/**
 * A server of the run's own is bounded itself, and drops what is least recently used: so a long
 * scenario keeps its true duration and fills no disk. Its evictions are told apart from losses.
 */
export const embeddedStoreBytesMax: number = 2 ** 30;
export const defaultMaxStoredBytesEmbedded: number = 2 ** 40;
export const defaultSeed = 1;
export const defaultRereadShare = 0.05;
export const defaultWarmupTimeoutSecs = 120;
export const defaultProtocol: ProtocolName = 'memobuild';
export const defaultSizes: SizeDistribution = { kind: 'build-cache' };

/** YCSB's constant for its zipfian generator: the most asked-for keys lead, none dominates. */
export const defaultZipfExponent = 0.99;
export const defaultKeys: KeyDistribution = { kind: 'zipf', exponent: defaultZipfExponent };

/** Open loop: a target that stalls for this long at the highest rate loses no operation to the in-flight cap. */
export const stallSecsInFlight = 10;
export const maxInFlightLeast = 1_000;
export const maxInFlightMost = 1_000_000;

/** Generator threads: an embedded server shares the machine and gets the other half of it. */
export function defaultWorkers(target: 'embedded' | 'url', numClients: number): number {
  const cores = availableParallelism();
  const wanted = target === 'embedded' ? Math.floor(cores / 2) : cores - 1;
  return Math.max(1, Math.min(wanted, numClients, 16));
}
