import { formatSize } from '../../core/index.ts';
import {
  defaultMaxInFlight,
  type RateStage,
  type ResolvedConfig,
  type TargetConfig,
} from '../config/config.ts';
import { roomyStoreBytes } from '../config/resolve-config.ts';
import { ConfigError, LoadTestError, namingMachineErrors } from '../errors.ts';
import { createArtifactClient } from '../operation/artifact-clients.ts';
import { planReplay, stepsDir } from './plan-replay.ts';
import type { ReplayPlan } from './replay-plan.ts';

/** A configuration made ready to run, and how to release what that took. */
export interface PreparedReplay {
  /** Where a trace is replayed: durations, stages and hit rate are the trace's. */
  readonly config: ResolvedConfig;
  /** `undefined` where no trace is replayed. */
  readonly plan: ReplayPlan | undefined;
  close(): Promise<void>;
}

/**
 * Reads the trace that a configuration names and makes its load that of the run.
 * @throws {ConfigError} where the trace can't be replayed, or stores more than the run may.
 * @throws {LoadTestError} `interrupted`; `machine` where its steps can't be written.
 */
export async function prepareReplay(
  config: ResolvedConfig,
  signal: AbortSignal,
): Promise<PreparedReplay> {
  const { load, protocol, instance, workers, numClients } = config;
  if (load.kind !== 'replay') return { config, plan: undefined, close: () => Promise.resolve() };
  const steps = await namingMachineErrors(async () => stepsDir());
  try {
    const { dir } = steps;
    const client = await createArtifactClient(protocol, instance);
    const plan = await namingMachineErrors(() =>
      planReplay({
        trace: load.trace,
        dir,
        workers,
        canRemove: client.remove !== undefined,
        storesOnce: client.storesOnce ?? false,
        signal,
      }),
    );
    const { figures } = plan;
    if (figures.storedBytes > config.maxStoredBytes) {
      throw new ConfigError([
        `the trace ${load.trace} stores up to ${formatSize(figures.storedBytes)}, and the run may store ${formatSize(config.maxStoredBytes)}: raise maxStoredBytes`,
      ]);
    }
    const lookups = figures.hits + figures.misses;
    const meanStage = meanStageOf(figures.durationMs, figures.replayed, load.speed);
    const peakRate = figures.peakPerSec * load.speed;
    const maxInFlight =
      load.maxInFlight ??
      defaultMaxInFlight([{ fromRate: peakRate, toRate: peakRate }], numClients);
    const prepared: ResolvedConfig = {
      ...config,
      durationSecs: meanStage.durationSecs,
      load: { ...load, pace: { meanStage, maxInFlight } },
      cacheHitRatioTarget: lookups === 0 ? 0 : figures.hits / lookups,
      workingSetKeys: plan.warmSizes.length,
      target: roomyTarget(config.target, figures.storedBytes),
    };
    return { config: prepared, plan: { ...plan, speed: load.speed }, close: () => steps.remove() };
  } catch (error) {
    await steps.remove();
    if (!signal.aborted) throw error;
    throw new LoadTestError('interrupted', 'interrupted while reading the trace');
  }
}

function meanStageOf(durationMs: number, operations: number, speed: number): RateStage {
  // The last operation is due at the very end, and a trace of one has no length.
  const durationSecs = Math.max(durationMs / speed + 1, shortestMs) / 1000;
  const rate = operations / durationSecs;
  return { durationSecs, fromRate: rate, toRate: rate };
}

const shortestMs = 100;

/** The server of the run's own holds all that the trace stores, unless its size was chosen. */
function roomyTarget(target: TargetConfig, storedBytes: number): TargetConfig {
  if (target.kind === 'url' || target.storeBytesMax === undefined) return target;
  return { ...target, storeBytesMax: roomyStoreBytes(storedBytes) };
}
