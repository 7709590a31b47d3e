import { formatSize } from '../../core/index.ts';
import { loopOf, operationsMaxOf } from '../config/config.ts';
import { LoadTestError } from '../errors.ts';
import type { Measurement, StopReason, WarmupMeasurement } from '../measurement.ts';
import { Collector } from '../metrics/collector.ts';
import { counterSlot, failuresAt, warmupFailureSlot } from '../metrics/counters.ts';
import { createArtifactClient } from '../scenario/artifact-clients.ts';
import { probeTarget } from '../target/probe.ts';
import type { Target } from '../target/target.ts';
import { RunKeys } from '../workload/run-keys.ts';
import { planWorkingSet } from '../workload/working-set.ts';
import type { EngineOptions } from './engine-options.ts';
import type { SharedWorkingSet } from './engine-session.ts';
import { ProgressReporter } from './progress/progress-reporter.ts';
import { calibrate } from './sampling/calibration.ts';
import { GeneratorSampler, openFilesLimit } from './sampling/generator-sampler.ts';
import { ServerSampler } from './sampling/server-sampler.ts';
import { windowMsFor } from './window-length.ts';
import type { WorkerMessage } from './worker/messages.ts';
import { WorkerPool } from './worker/pool.ts';
import { sharedNowMs } from './worker/shared-clock.ts';
import { createSharedState, type SharedState, sumsOf } from './worker/shared-state.ts';

/** One run: the coordinator's side of its phases. */
export class EngineRun {
  readonly #options: EngineRunOptions;
  readonly #sizes: Float64Array;
  readonly #shared: SharedState;
  readonly #collector: Collector;
  readonly #server: ServerSampler;
  readonly #progress: ProgressReporter;
  readonly #notes: string[] = [];
  /** What each worker has said last of each kind. */
  readonly #said = new Map<WorkerMessage['kind'], Map<number, WorkerMessage>>();
  readonly #workers: number;
  #pool: WorkerPool | undefined;
  #generator: GeneratorSampler | undefined;
  #full = false;
  #sentMs: number | undefined;

  constructor(options: EngineRunOptions) {
    const { config, replay, scenario, target } = options;
    this.#options = options;
    this.#workers = scenario === undefined ? config.workers : 1;
    const { workingSet } = options;
    this.#sizes =
      workingSet?.sizes ??
      (scenario === undefined
        ? (replay?.warmSizes ?? planWorkingSet(config))
        : new Float64Array(0));
    const needsKeys = scenario === undefined && config.load.kind !== 'replay';
    if (needsKeys && config.cacheHitRatioTarget > 0 && this.#sizes.length === 0) {
      throw new LoadTestError(
        'no_room',
        'maxStoredBytes and workingSetBytesMax leave no room for one artifact',
      );
    }
    const shared = createSharedState({
      seed: config.seed,
      workers: this.#workers,
      keys: this.#sizes.length,
    });
    this.#shared =
      workingSet === undefined ? shared : { ...shared, keyVersions: workingSet.keyVersions };
    this.#collector = new Collector(windowMsFor(config.durationSecs));
    this.#server = new ServerSampler(target);
    this.#progress = new ProgressReporter({
      listener: options.onProgress,
      shared: this.#shared,
      judged: this.#collector.judged,
      recent: this.#collector.recent,
      serverMemoryBytes: () => this.#server.samples.at(-1)?.memoryBytes,
      cpuCores: () => ({
        server: this.#server.cpuCores,
        generator: this.#generator?.samples.at(-1)?.cpuCores,
      }),
      notes: this.#notes,
      keys: this.#sizes.length,
      operationsMax: operationsMaxOf(config),
    });
  }

  async measure(): Promise<Measurement> {
    const { config, runId, signal } = this.#options;
    this.#progress.enter('starting', undefined);
    await this.#probe();
    await this.#meetTarget();
    this.#progress.enter('calibrating', undefined);
    const calibrationBeforeMs = await calibrate();
    const pool = this.#startPool();
    await pool.wait((worker) => this.#has('ready', worker), deadline(startTimeoutMs));
    const warmup = await this.#warm(pool);
    const startedAt = new Date();
    const startMs = performance.now() + startDelayMs;
    const startSharedMs = sharedNowMs() + startDelayMs;
    const cpuBefore = process.cpuUsage();
    const stopReason = await this.#run(pool, startMs, startSharedMs);
    const cpu = process.cpuUsage(cpuBefore);
    await this.#server.sample(performance.now() - startMs);
    const drained = this.#messages('drained');
    const endMs = Math.max(startSharedMs, ...drained.map((message) => message.endMs));
    this.#collector.settle(this.#server.evictions);
    const cleanup = await this.#clean(pool);
    const calibrationAfterMs = await calibrate();
    const { totals, writes } = this.#collector;
    const durationMs = endMs - startSharedMs;
    const rereadsLeft = drained.reduce((sum, message) => sum + message.rereadsLeft, 0);
    if (rereadsLeft > 0) {
      this.#notes.push(`${rereadsLeft} rereads of acknowledged writes got no answer in time`);
    }
    this.#progress.enter('done', undefined);
    return {
      runId,
      startedAt,
      durationMs,
      stopReason: signal.aborted ? 'interrupted' : stopReason,
      sentMs: this.#sentMs,
      warmup,
      windowMs: windowMsFor(config.durationSecs),
      windows: this.#collector.windows(durationMs),
      totals,
      writes,
      unfinished: {
        count: drained.reduce((sum, message) => sum + message.unfinished, 0),
        oldestAgeMs: Math.max(0, ...drained.map((message) => message.oldestAgeMs)),
      },
      scheduled: loopOf(config.load) === 'closed' ? undefined : this.#collector.scheduled,
      generator: {
        workers: this.#workers,
        lostWorkers: pool.lost,
        samples: this.#generator?.samples ?? [],
        calibration: { beforeMs: calibrationBeforeMs, afterMs: calibrationAfterMs },
        openFiles: { limit: openFilesLimit(), needed: this.#filesNeeded() },
        cpuUsPerOperation: totals.total === 0 ? 0 : (cpu.user + cpu.system) / totals.total,
      },
      server: {
        software: this.#server.software,
        samples: this.#server.samples,
      },
      cleanup,
      notes: this.#notes,
    };
  }

  /** Ends what is still running, in any case. */
  async end(): Promise<void> {
    this.#progress.close();
    this.#server.close();
    await this.#pool?.terminate();
  }

  async #probe(): Promise<void> {
    const { config, runId, scenario, signal, target } = this.#options;
    // A user's scenario may speak a protocol of its own.
    if (scenario !== undefined) return;
    await probeTarget({
      endpoint: target.endpoint,
      client: createArtifactClient(config.protocol, config.instance),
      key: new RunKeys(runId, config.seed).newKey(Number.MAX_SAFE_INTEGER),
      pool: this.#shared.pool,
      timeoutMs: config.timeoutSecs * 1000,
      signal,
    });
  }

  /** Warns before anything is stored: a shared cache may have to drop its teams' entries for ours. */
  async #meetTarget(): Promise<void> {
    const { config, scenario, target } = this.#options;
    const stats = await this.#server.begin();
    // A server of the run's own holds nobody else's entries.
    if (target.isEmbedded || scenario !== undefined) return;
    if (stats === undefined || stats.storedBytesMax === 0) return;
    const room = stats.storedBytesMax - stats.storedBytes;
    if (room >= config.maxStoredBytes) return;
    this.#notes.push(
      `the target has room for ${formatSize(Math.max(0, room))} of its ${formatSize(stats.storedBytesMax)}, ` +
        `and the run may store ${formatSize(config.maxStoredBytes)}: it can evict entries that others' builds stored`,
    );
  }

  #startPool(): WorkerPool {
    const { config, replay, runId, scenario, target, workerEntry, workingSet } = this.#options;
    const setups = Array.from({ length: this.#workers }, (_, worker) => ({
      worker,
      workers: this.#workers,
      config,
      replay,
      endpoint: target.endpoint,
      runId,
      workingSetId: workingSet?.id ?? runId,
      keepsWorkingSet: workingSet !== undefined,
      shared: this.#shared,
      sizes: this.#sizes,
      windowMs: windowMsFor(config.durationSecs),
    }));
    this.#pool = new WorkerPool({
      setups,
      scenario,
      entry: workerEntry,
      onMessage: (worker, message) => this.#hear(worker, message),
    });
    return this.#pool;
  }

  async #warm(pool: WorkerPool): Promise<WarmupMeasurement> {
    const { config, signal } = this.#options;
    const boundMs = config.warmupTimeoutSecs * 1000;
    this.#progress.enter('warming', boundMs);
    const fromMs = performance.now();
    let untilMs = fromMs + boundMs + silenceMs;
    const stop = (): void => {
      untilMs = Math.min(untilMs, performance.now() + interruptedDrainMs + silenceMs);
      pool.post({ kind: 'stop', drainMs: interruptedDrainMs });
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    pool.post({ kind: 'warm', untilMs: sharedNowMs() + boundMs });
    await pool.wait(
      (worker) => this.#has('warmed', worker),
      () => untilMs,
    );
    signal.removeEventListener('abort', stop);
    const sums = sumsOf(this.#shared);
    const warmup: WarmupMeasurement = {
      keys: this.#sizes.length,
      stored: sums[counterSlot.warmupStored]!,
      failed: sums[counterSlot.warmupFailed]!,
      storedBytes: sums[counterSlot.warmupBytes]!,
      durationMs: performance.now() - fromMs,
      timedOut: this.#messages('warmed').some((message) => message.timedOut),
      failures: failuresAt(sums, warmupFailureSlot),
    };
    if (warmup.keys > 0 && warmup.stored === 0 && !signal.aborted) {
      throw new LoadTestError(
        'nothing_stored',
        `the warm-up stored none of its ${warmup.keys} artifacts: ${this.#notes.join('; ') || 'no answer in time'}`,
      );
    }
    return warmup;
  }

  async #run(pool: WorkerPool, startMs: number, startSharedMs: number): Promise<StopReason> {
    const { config, signal } = this.#options;
    const timeoutMs = config.timeoutSecs * 1000;
    let drainMs = Math.min(timeoutMs + graceMs, drainMsMax);
    let endMs = startMs + config.durationSecs * 1000;
    const stop = (): void => {
      drainMs = interruptedDrainMs;
      endMs = Math.min(endMs, performance.now());
      pool.post({ kind: 'stop', drainMs });
    };
    const finish = (): void => {
      drainMs = Math.min(drainMs, this.#options.finish!.drainMs);
      endMs = Math.min(endMs, performance.now());
      this.#sentMs = Math.max(0, endMs - startMs);
      pool.post({ kind: 'stop', drainMs });
    };
    const generator = new GeneratorSampler(startMs);
    this.#generator = generator;
    this.#progress.enter('running', config.durationSecs * 1000);
    pool.post({ kind: 'run', startMs: startSharedMs, drainMs });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    this.#options.finish?.signal.addEventListener('abort', finish, { once: true });
    const ticker = setInterval(() => {
      generator.sample();
      void this.#server.sample(performance.now() - startMs);
    }, sampleMs);
    try {
      await pool.wait(
        (worker) => this.#has('sent', worker),
        () => endMs + silenceMs,
      );
      this.#progress.enter('draining', drainMs);
      // Rereads come after the operations, and may take as long again.
      const drainFromMs = performance.now();
      await pool.wait(
        (worker) => this.#has('drained', worker),
        () => drainFromMs + 2 * drainMs + silenceMs,
      );
    } finally {
      clearInterval(ticker);
      signal.removeEventListener('abort', stop);
      this.#options.finish?.signal.removeEventListener('abort', finish);
    }
    generator.sample();
    if (signal.aborted) return 'interrupted';
    if (pool.living.length === 0) return 'workers_lost';
    if (this.#full) return 'max_stored';
    const reasons = this.#messages('sent').map((message) => message.reason);
    return reasons.every((reason) => reason === 'requests') ? 'requests' : 'duration';
  }

  async #clean(pool: WorkerPool): Promise<Measurement['cleanup']> {
    const { config, scenario, target } = this.#options;
    const client = createArtifactClient(config.protocol, config.instance);
    const removable = client.remove !== undefined && scenario === undefined;
    // The embedded server's store is thrown away whole.
    if (!removable || target.isEmbedded) return { removable, removed: 0, failed: 0 };
    this.#progress.enter('cleaning', cleanUpMsMax);
    pool.post({ kind: 'clean', untilMs: sharedNowMs() + cleanUpMsMax });
    await pool.wait((worker) => this.#has('cleaned', worker), deadline(cleanUpMsMax + silenceMs));
    const left = this.#messages('cleaned').reduce((sum, message) => sum + message.left, 0);
    if (left > 0) this.#notes.push(`${left} stored entries were left behind on the target`);
    const sums = sumsOf(this.#shared);
    return {
      removable,
      removed: sums[counterSlot.removed]!,
      failed: sums[counterSlot.removeFailed]! + left,
    };
  }

  #hear(worker: number, message: WorkerMessage): void {
    if (message.kind === 'window') this.#collector.add(worker, message.window);
    else if (message.kind === 'loop_delay') this.#generator?.noteLoopDelay(worker, message.p99Ms);
    else if (message.kind === 'note') this.#noteOnce(message.text);
    else {
      const said = this.#said.get(message.kind) ?? new Map<number, WorkerMessage>();
      this.#said.set(message.kind, said.set(worker, message));
      if (message.kind === 'sent' && message.reason === 'max_stored' && !this.#full) {
        this.#full = true;
        this.#pool?.post({ kind: 'stop', drainMs: drainMsMax });
      }
    }
  }

  #noteOnce(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  #has(kind: WorkerMessage['kind'], worker: number): boolean {
    return this.#said.get(kind)?.has(worker) ?? false;
  }

  #messages<K extends WorkerMessage['kind']>(kind: K): Extract<WorkerMessage, { kind: K }>[] {
    const said = [...(this.#said.get(kind)?.values() ?? [])];
    return said as Extract<WorkerMessage, { kind: K }>[];
  }

  /** The clients' connections, those of the rereads, and what a Node process has open anyway. */
  #filesNeeded(): number {
    const { numClients, rereadShare } = this.#options.config;
    return numClients + Math.ceil(numClients * rereadShare) + this.#workers + ownFiles;
  }
}

export interface EngineRunOptions extends EngineOptions {
  readonly target: Target;
  readonly runId: string;
  /** Shared with other runs. */
  readonly workingSet?: SharedWorkingSet | undefined;
}

const startTimeoutMs = 30_000;
/** From the command to start until the start: all workers have it by then. */
const startDelayMs = 100;
const sampleMs = 1000;
/** What an answer may take beyond its bound: a loaded machine, a late timer. */
const graceMs = 1000;
const drainMsMax = 31_000;
/** A worker that says nothing for so long past its time is lost; one on a machine that is overloaded is not. */
const silenceMs = 10_000;
const interruptedDrainMs = 2_000;
const cleanUpMsMax = 30_000;
const ownFiles = 64;

/** A fixed time from now on. */
function deadline(ms: number): () => number {
  const untilMs = performance.now() + ms;
  return () => untilMs;
}
