import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ArtifactClient, FailureKind } from '../../../protocols/shared/load-client.ts';
import { operationsMaxOf, operationsPerClientMaxOf } from '../../config/config.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import { WindowRecorder } from '../../metrics/window-recorder.ts';
import { type Schedule, StagedSchedule } from '../../pacing/schedule.ts';
import type { ReplayPlan } from '../../replay/replay-plan.ts';
import { ReplayScenario } from '../../replay/replay-scenario.ts';
import { ReplaySchedule } from '../../replay/replay-schedule.ts';
import { createArtifactClient } from '../../scenario/artifact-clients.ts';
import { type BuildCacheOptions, BuildCacheScenario } from '../../scenario/build-cache-scenario.ts';
import type { KeyedScenario } from '../../scenario/keyed-scenario.ts';
import type { LoadTestScenario } from '../../scenario/scenario.ts';
import { createRandom } from '../../statistics/random.ts';
import { type LoadConnection, openConnection } from '../../transport/load-connection.ts';
import { DeadlineSweep } from '../../transport/shared/deadline-sweep.ts';
import { createEndpoint } from '../../transport/shared/endpoint.ts';
import { PayloadPool } from '../../workload/payload-pool.ts';
import { RunKeys } from '../../workload/run-keys.ts';
import { cleanUp } from './clean-up.ts';
import { runClosedLoop, type SendLimits } from './closed-loop.ts';
import { Drain } from './drain.ts';
import { LoadClient } from './load-client.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './messages.ts';
import { OpenLoop } from './open-loop.ts';
import { OperationRunner } from './operation-runner.ts';
import { Rereads } from './rereads.ts';
import { auditorsOf, clientsOf, shareOf } from './share.ts';
import { sharedNowMs, toLocalMs } from './shared-clock.ts';
import { countersOf, sumOf } from './shared-state.ts';
import { warmUp } from './warm-up.ts';

/**
 * One generator: its share of the clients, on the event loop of the thread it is made in. Does what
 * it is told, one phase after another, and tells what came of it.
 */
export class LoadWorker {
  readonly #setup: WorkerSetup;
  readonly #post: (message: WorkerMessage) => void;
  readonly #counters: Counters;
  readonly #keyVersions: Uint32Array<ArrayBufferLike>;
  readonly #sweep = new DeadlineSweep();
  readonly #over = new AbortController();
  readonly #clients: readonly LoadClient[];
  readonly #auditors: readonly LoadConnection[];
  readonly #protocol: ArtifactClient;
  readonly #scenario: LoadTestScenario;
  readonly #builtIn: KeyedScenario | undefined;
  readonly #noted = new Set<FailureKind>();
  readonly #limits: SendLimits;
  #warming = false;
  #drain: Drain | undefined;

  /** @param custom a user's own scenario instead of the built-in one. */
  constructor(
    setup: WorkerSetup,
    post: (message: WorkerMessage) => void,
    custom?: LoadTestScenario,
  ) {
    const { config, shared, worker, workers, runId } = setup;
    this.#setup = setup;
    this.#post = post;
    this.#counters = countersOf(shared, worker);
    this.#keyVersions = new Uint32Array(shared.keyVersions);
    const endpoint = createEndpoint(setup.endpoint);
    this.#clients = clientsOf(setup).map(
      (client) =>
        new LoadClient({
          client,
          runId,
          seed: config.seed,
          endpoint,
          sweep: this.#sweep,
          signal: this.#over.signal,
        }),
    );
    this.#protocol = createArtifactClient(config.protocol, config.instance);
    this.#builtIn =
      custom === undefined
        ? createBuiltIn(setup.replay, {
            config,
            client: this.#protocol,
            keys: new RunKeys(runId, config.seed, setup.workingSetId),
            pool: new PayloadPool(shared.pool),
            sizes: setup.sizes,
            keyVersions: this.#keyVersions,
            counters: this.#counters,
            worker,
            workers,
            storedBytes: () =>
              sumOf(shared, counterSlot.reservedBytes) + sumOf(shared, counterSlot.warmupBytes),
          })
        : undefined;
    this.#scenario = custom ?? this.#builtIn!;
    this.#auditors = Array.from(
      { length: this.#builtIn === undefined ? 0 : auditorsOf(setup) },
      () => openConnection(endpoint, this.#sweep),
    );
    this.#limits = {
      endMs: 0,
      requestsPerClient: operationsPerClientMaxOf(config.load),
      stopped: false,
    };
  }

  /** Does a command; what it comes to is posted. */
  async handle(command: WorkerCommand): Promise<void> {
    switch (command.kind) {
      case 'warm':
        return this.#warm(toLocalMs(command.untilMs));
      case 'run':
        return this.#run(command.startMs, command.drainMs);
      case 'stop':
        this.#limits.stopped = true;
        this.#drain?.hurry(command.drainMs);
        if (this.#warming) this.#hurry(performance.now() + command.drainMs);
        return;
      case 'clean':
        return this.#clean(toLocalMs(command.untilMs));
      case 'close':
        this.close();
        return;
    }
  }

  close(): void {
    this.#limits.stopped = true;
    this.#over.abort();
    for (const client of this.#clients) client.http.close();
    for (const auditor of this.#auditors) auditor.close();
    this.#sweep.close();
  }

  /** A store of the warm-up that is under way gets no more time than this. */
  #hurry(untilMs: number): void {
    for (const { http } of this.#clients) http.deadlineMs = Math.min(http.deadlineMs, untilMs);
  }

  async #warm(untilMs: number): Promise<void> {
    let timedOut = false;
    this.#warming = true;
    if (this.#builtIn !== undefined) {
      timedOut = await warmUp({
        scenario: this.#builtIn,
        client: this.#protocol,
        clients: this.#clients,
        counters: this.#counters,
        keyVersions: this.#keyVersions,
        keys: this.#setup.sizes.length,
        worker: this.#setup.worker,
        workers: this.#setup.workers,
        untilMs,
        timeoutMs: this.#setup.config.timeoutSecs * 1000,
        stopped: () => this.#limits.stopped,
        onFailure: (failure) => this.#noteFailure(failure.kind, failure.message, 'warm-up'),
      });
    }
    this.#warming = false;
    this.#post({ kind: 'warmed', timedOut });
  }

  async #run(startSharedMs: number, drainMs: number): Promise<void> {
    const { config, windowMs } = this.#setup;
    const startMs = toLocalMs(startSharedMs);
    const timeoutMs = config.timeoutSecs * 1000;
    this.#builtIn?.useStoredKeys();
    this.#limits.endMs = startMs + config.durationSecs * 1000;
    const arrivals = await this.#openArrivals();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs - performance.now())));
    const recorder = new WindowRecorder({
      counters: this.#counters,
      startMs,
      windowMs,
      onWindow: (window) => this.#post({ kind: 'window', window }),
    });
    const rereads = this.#createRereads(recorder, timeoutMs);
    let full = false;
    const runner = new OperationRunner({
      clients: this.#clients,
      scenario: this.#scenario,
      counters: this.#counters,
      recorder,
      timeoutMs,
      rereads,
      onStoreBound: () => {
        full = true;
        this.#limits.stopped = true;
      },
      onFailure: (kind, message) => this.#noteFailure(kind, message, 'run'),
    });
    const stopObserving = this.#observe(recorder);
    const openLoop =
      arrivals === undefined
        ? undefined
        : new OpenLoop({
            clients: this.#clients,
            runner,
            limits: this.#limits,
            counters: this.#counters,
            schedule: arrivals.schedule,
            startMs,
            workers: this.#setup.workers,
            inFlightMax: shareOf(arrivals.inFlightMax, this.#setup),
            timeoutMs,
          });
    const ended = openLoop?.run() ?? runClosedLoop(this.#clients, runner, this.#limits);
    const drain = new Drain(ended, this.#limits, drainMs);
    this.#drain = drain;
    await drain.sendingOver();
    const reason = full ? 'max_stored' : this.#limits.stopped ? 'stopped' : drain.endedBy;
    this.#post({ kind: 'sent', reason });
    let unfinished = { count: 0, oldestAgeMs: 0 };
    if (!(await drain.over())) {
      this.#limits.stopped = true;
      unfinished = runner.abandon(openLoop?.takeWaiting() ?? []);
      // Not closed for good: what was stored is still to be removed.
      for (const client of this.#clients) client.http.expire();
    }
    arrivals?.schedule.close();
    const endMs = sharedNowMs();
    this.#over.abort();
    const rereadsLeft =
      rereads === undefined ? 0 : await rereads.finish(performance.now() + drain.boundMs);
    stopObserving();
    recorder.finish(performance.now());
    this.#post({
      kind: 'drained',
      unfinished: unfinished.count,
      oldestAgeMs: unfinished.oldestAgeMs,
      endMs,
      rereadsLeft,
    });
  }

  async #clean(untilMs: number): Promise<void> {
    const left =
      this.#builtIn === undefined
        ? 0
        : await cleanUp({
            scenario: this.#builtIn,
            client: this.#protocol,
            clients: this.#clients,
            counters: this.#counters,
            keyVersions: this.#keyVersions,
            worker: this.#setup.worker,
            workers: this.#setup.workers,
            keepsWorkingSet: this.#setup.keepsWorkingSet,
            untilMs,
          });
    this.#post({ kind: 'cleaned', left });
  }

  /** `undefined`: a closed loop. */
  async #openArrivals(): Promise<Arrivals | undefined> {
    const { config, replay, worker, workers } = this.#setup;
    const { load } = config;
    switch (load.kind) {
      case 'closed':
        return undefined;
      case 'open': {
        const { stages, maxInFlight } = load;
        const operationsMax = operationsMaxOf(config);
        const schedule = new StagedSchedule({ stages, worker, workers, operationsMax });
        return { schedule, inFlightMax: maxInFlight };
      }
      case 'replay': {
        if (replay === undefined || load.pace === undefined) throw new Error('no trace was read');
        const schedule = await ReplaySchedule.open({
          path: replay.stepFiles[worker]!,
          speed: load.speed,
          onFailure: (message) =>
            this.#post({ kind: 'note', text: `the trace's steps can't be read: ${message}` }),
        });
        return { schedule, inFlightMax: load.pace.maxInFlight };
      }
    }
  }

  #createRereads(recorder: WindowRecorder, timeoutMs: number): Rereads | undefined {
    const { config, worker } = this.#setup;
    if (this.#auditors.length === 0) return undefined;
    return new Rereads({
      client: this.#protocol,
      connections: this.#auditors,
      share: config.rereadShare,
      random: createRandom(config.seed, auditorStream + worker),
      counters: this.#counters,
      recorder,
      timeoutMs,
    });
  }

  /** Hands windows over when they end, and the event loop's delay once a second. */
  #observe(recorder: WindowRecorder): () => void {
    const delay = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
    delay.enable();
    const windows = setInterval(() => recorder.roll(performance.now()), this.#setup.windowMs);
    const delays = setInterval(() => {
      const p99Ms = Math.max(0, delay.percentile(99) / 1e6 - loopDelayResolutionMs);
      delay.reset();
      this.#post({ kind: 'loop_delay', p99Ms });
    }, 1000);
    return () => {
      clearInterval(windows);
      clearInterval(delays);
      delay.disable();
    };
  }

  /** The first failure of each kind is told in its own words. */
  #noteFailure(kind: FailureKind, message: string | undefined, phase: string): void {
    if (this.#noted.has(kind) || message === undefined) return;
    this.#noted.add(kind);
    this.#post({ kind: 'note', text: `first ${kind} (${phase}): ${message}` });
  }
}

/** When this worker's operations are due in an open loop. */
interface Arrivals {
  readonly schedule: Schedule;
  /** Operations under way at once, over all workers. */
  readonly inFlightMax: number;
}

function createBuiltIn(plan: ReplayPlan | undefined, options: BuildCacheOptions): KeyedScenario {
  return plan === undefined
    ? new BuildCacheScenario(options)
    : new ReplayScenario({ ...options, plan });
}

const loopDelayResolutionMs = 10;
/** Streams of the clients begin at 1; those of the rereads far above. */
const auditorStream = 0x40000000;
