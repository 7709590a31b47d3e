import { loopOf, operationsMaxOf, type ResolvedConfig } from '../config/config.ts';
import { LoadTestError } from '../errors.ts';
import type { ConnectionMeasurement, Measurement, WarmupMeasurement } from '../measurement.ts';
import { Collector } from '../metrics/collector.ts';
import { SendingTime } from '../metrics/sending-time.ts';
import { scenarioReferenceOf } from '../operation/load-scenario.ts';
import { isScenarioModule } from '../operation/operation.ts';
import { allClientsBegunMs } from '../pacing/ramp-up.ts';
import type { Target } from '../target/target.ts';
import { planWorkingSet } from '../workload/working-set.ts';
import type { EngineOptions } from './engine-options.ts';
import type { SharedWorkingSet } from './engine-session.ts';
import { cleanUpTarget } from './phases/clean-up-target.ts';
import { drainMsMax, fromNow, startTimeoutMs } from './phases/deadlines.ts';
import { Inbox } from './phases/inbox.ts';
import { meetTarget } from './phases/meet-target.ts';
import type { RunContext, WorkersContext } from './phases/run-context.ts';
import { type SentLoad, sendLoad } from './phases/send-load.ts';
import { warmUpTarget } from './phases/warm-up-target.ts';
import { ProgressReporter } from './progress/progress-reporter.ts';
import { calibrate } from './sampling/calibration.ts';
import { GeneratorSampler, openFilesLimit } from './sampling/generator-sampler.ts';
import { secondsPerSample } from './sampling/sample-list.ts';
import { ServerSampler } from './sampling/server-sampler.ts';
import { windowMsFor } from './window-length.ts';
import { WorkerPool } from './worker/pool.ts';
import { createSharedState, type SharedState } from './worker/shared-state.ts';

/** One run: the coordinator's side of its phases. */
export class EngineRun {
  readonly #options: EngineRunOptions;
  readonly #workers: number;
  readonly #sizes: Float64Array;
  readonly #windowMs: number;
  readonly #collector: Collector;
  readonly #context: RunContext;
  #pool: WorkerPool | undefined;

  constructor(options: EngineRunOptions) {
    const { config, runId, scenario, signal, target } = options;
    this.#options = options;
    const isOnThisThread = scenario !== undefined && !isScenarioModule(scenario);
    this.#workers = isOnThisThread ? 1 : config.workers;
    this.#sizes = sizesOf(options);
    this.#windowMs = windowMsFor(config.durationSecs);
    this.#collector = new Collector(this.#windowMs);
    const shared = this.#createShared();
    const perEntry = secondsPerSample(this.#windowMs);
    const server = new ServerSampler(target, perEntry);
    const generator = new GeneratorSampler(perEntry, () => server.localCpuCores);
    const notes: string[] = [];
    const progress = new ProgressReporter({
      listener: options.onProgress,
      shared,
      judged: this.#collector.judged,
      recent: this.#collector.recent,
      serverMemoryBytes: () => server.samples.at(-1)?.memoryBytes,
      cpuCores: () => ({
        server: server.cpuCores,
        generator: generator.samples.at(-1)?.cpuCores,
      }),
      notes,
      keys: this.#sizes.length,
      operationsMax: operationsMaxOf(config),
      sendingFromMs: allClientsBegunMs(config),
    });
    const keys = this.#sizes.length;
    const given = { config, runId, scenario, signal, target };
    this.#context = { ...given, keys, shared, server, generator, progress, notes };
  }

  /** Goes through all phases. */
  async measure(): Promise<Measurement> {
    const { notes, progress, server } = this.#context;
    progress.enter('starting', undefined);
    await meetTarget(this.#context);
    progress.enter('calibrating', undefined);
    const beforeMs = await calibrate();
    const run = this.#startWorkers();
    const ready = await run.inbox.collect('ready', run.pool, fromNow(startTimeoutMs));
    const [bad] = ready.flatMap(({ badScenario }) => badScenario ?? []);
    if (bad !== undefined) throw new LoadTestError('bad_scenario', bad);
    const warmup = await warmUpTarget(run);
    const sent = await sendLoad(run, this.#options.finish);
    this.#collector.settle(server.evictions);
    const cleanup = await cleanUpTarget(run);
    const afterMs = await calibrate();
    if (sent.rereadsLeft > 0) {
      notes.push(`${sent.rereadsLeft} rereads of acknowledged writes got no answer in time`);
    }
    progress.enter('done', undefined);
    return this.#measurement(run, { warmup, sent, cleanup, calibration: { beforeMs, afterMs } });
  }

  /** Ends what is still running, in any case. */
  async end(): Promise<void> {
    this.#context.progress.close();
    this.#context.server.close();
    await this.#pool?.terminate();
  }

  #createShared(): SharedState {
    const { config, workingSet } = this.#options;
    const { length: keys } = this.#sizes;
    const shared = createSharedState({
      seed: config.seed,
      compressible: config.compressible,
      workers: this.#workers,
      keys,
    });
    return workingSet === undefined ? shared : { ...shared, keyVersions: workingSet.keyVersions };
  }

  #startWorkers(): WorkersContext {
    const { config, replay, runId, scenario, target, workerEntry, workingSet } = this.#options;
    const { generator, notes, shared } = this.#context;
    const setups = Array.from({ length: this.#workers }, (_, worker) => ({
      worker,
      workers: this.#workers,
      config,
      replay,
      endpoint: target.endpoint,
      runId,
      workingSetId: workingSet?.id ?? runId,
      keepsWorkingSet: workingSet !== undefined,
      shared,
      sizes: this.#sizes,
      windowMs: this.#windowMs,
      scenario: isScenarioModule(scenario) ? scenarioReferenceOf(scenario) : undefined,
    }));
    const inbox = new Inbox({
      onWindow: (worker, window) => this.#collector.add(worker, window),
      onLoopDelay: (delay) => generator.noteLoopDelay(delay),
      onNote: (text) => {
        if (!notes.includes(text)) notes.push(text);
      },
      onStoreFull: () => this.#pool?.post({ kind: 'stop', drainMs: drainMsMax }),
    });
    const pool = new WorkerPool({
      setups,
      scenario: isScenarioModule(scenario) ? undefined : scenario,
      entry: workerEntry,
      onMessage: (worker, message) => inbox.receive(worker, message),
    });
    this.#pool = pool;
    return { ...this.#context, pool, inbox };
  }

  #measurement(
    { config, generator, inbox, notes, pool, runId, server, shared }: WorkersContext,
    { warmup, sent, cleanup, calibration }: PhaseResults,
  ): Measurement {
    const { totals, writes } = this.#collector;
    const parts = this.#collector.takeParts();
    return {
      runId,
      startedAt: sent.startedAt,
      durationMs: sent.durationMs,
      stopReason: sent.stopReason,
      ...sendingSpan(config, shared, sent.durationMs),
      warmup,
      windowMs: this.#windowMs,
      windows: this.#collector.windows(sent.durationMs),
      totals,
      writes,
      unfinished: sent.unfinished,
      scheduled: loopOf(config.load) === 'closed' ? undefined : this.#collector.scheduled,
      generator: {
        workers: this.#workers,
        lostWorkers: pool.lost.map((lost) => ({
          ...lost,
          atMs: Math.max(0, lost.atMs - sent.startMs),
        })),
        samples: generator.samples,
        calibration,
        openFiles: { limit: openFilesLimit(), needed: this.#filesNeeded() },
        cpuUsPerOperation: totals.total === 0 ? 0 : sent.cpuUs / totals.total,
      },
      server: { software: server.software, samples: server.samples },
      connections: {
        ...this.#connections(),
        calmServiceMs:
          parts.calmService === undefined
            ? undefined
            : parts.calmService.getValueAtPercentile(50) / 1000,
      },
      parts,
      cleanup,
      customScenario: inbox.all('ready')[0]?.scenario,
      notes,
    };
  }

  #connections(): Omit<ConnectionMeasurement, 'calmServiceMs'> {
    const { load, maxConnections } = this.#options.config;
    const most = loopOf(load) === 'open' ? maxConnections : undefined;
    return this.#collector.connections(this.#workers, most);
  }

  /** The connections that were opened, those of the rereads, and what a Node process has open anyway. */
  #filesNeeded(): number {
    const { numClients, rereadShare } = this.#options.config;
    const connections = Math.max(numClients, this.#connections().opened);
    return connections + Math.ceil(numClients * rereadShare) + this.#workers + ownFiles;
  }
}

export interface EngineRunOptions extends EngineOptions {
  readonly target: Target;
  readonly runId: string;
  /** Shared with other runs. */
  readonly workingSet?: SharedWorkingSet | undefined;
}

/** The outcome of each phase. */
interface PhaseResults {
  readonly warmup: WarmupMeasurement;
  readonly sent: SentLoad;
  readonly cleanup: Measurement['cleanup'];
  readonly calibration: Measurement['generator']['calibration'];
}

/** When all clients were sending. */
function sendingSpan(
  config: ResolvedConfig,
  { sending }: SharedState,
  durationMs: number,
): Pick<Measurement, 'sendingFromMs' | 'sendingMs'> {
  const sendingFromMs = allClientsBegunMs(config);
  const untilMs = Math.min(durationMs, new SendingTime(sending, 0).untilMs);
  return { sendingFromMs, sendingMs: Math.max(0, untilMs - sendingFromMs) };
}

/** Sizes of the working set's artifacts. @throws {LoadTestError} `no_room`. */
function sizesOf({ config, replay, scenario, workingSet }: EngineRunOptions): Float64Array {
  if (scenario !== undefined) return workingSet?.sizes ?? new Float64Array(0);
  const sizes = workingSet?.sizes ?? replay?.warmSizes ?? planWorkingSet(config);
  const needsKeys = config.load.kind !== 'replay' && config.cacheHitRatioTarget > 0;
  if (needsKeys && sizes.length === 0) {
    throw new LoadTestError(
      'no_room',
      'maxStoredBytes and workingSetBytesMax leave no room for one artifact',
    );
  }
  return sizes;
}

const ownFiles = 64;
