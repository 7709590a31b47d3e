import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ArtifactClient, FailureKind } from '../../protocols/client.ts';
import { DeadlineSweep } from '../http/deadline-sweep.ts';
import { createEndpoint } from '../http/endpoint.ts';
import { type LoadConnection, openConnection } from '../http/load-connection.ts';
import { type Counters, counterSlot } from '../metrics/counters.ts';
import { WindowRecorder } from '../metrics/window-recorder.ts';
import { BuildCacheScenario } from '../scenario/build-cache-scenario.ts';
import type { LoadTestScenario } from '../scenario/scenario.ts';
import { createArtifactClient } from '../target/artifact-clients.ts';
import { PayloadPool } from '../workload/payload-pool.ts';
import { createRandom } from '../workload/random.ts';
import { RunKeys } from '../workload/run-keys.ts';
import { cleanUp } from './clean-up.ts';
import { runClosedLoop, type SendLimits } from './closed-loop.ts';
import { LoadClient } from './load-client.ts';
import { OpenLoop } from './open-loop.ts';
import { OperationRunner } from './operation-runner.ts';
import { Rereads } from './rereads.ts';
import { sharedNowMs, toLocalMs } from './shared-clock.ts';
import { countersOf, sumOf } from './shared-state.ts';
import { warmUp } from './warm-up.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './worker-messages.ts';

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
  readonly #builtIn: BuildCacheScenario | undefined;
  readonly #noted = new Set<FailureKind>();
  readonly #limits: SendLimits;
  #warming = false;
  #drainMs = 0;
  #onDrainMs: (() => void) | undefined;

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
        ? new BuildCacheScenario({
            config,
            client: this.#protocol,
            keys: new RunKeys(runId, config.seed),
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
      requestsPerClient: config.repeatBuilds ? 0 : config.requestsPerClient,
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
        this.#drainMs = command.drainMs;
        this.#onDrainMs?.();
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
    const { config, windowMs, worker } = this.#setup;
    const startMs = toLocalMs(startSharedMs);
    const timeoutMs = config.timeoutSecs * 1000;
    this.#builtIn?.useStoredKeys();
    this.#drainMs = drainMs;
    this.#limits.endMs = startMs + config.durationSecs * 1000;
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
      config.stages.length === 0
        ? undefined
        : new OpenLoop({
            clients: this.#clients,
            runner,
            limits: this.#limits,
            counters: this.#counters,
            stages: config.stages,
            startMs,
            worker,
            workers: this.#setup.workers,
            inFlightMax: shareOf(config.maxInFlight, this.#setup),
            operationsMax: this.#limits.requestsPerClient * config.numClients,
            timeoutMs,
          });
    const ended = openLoop?.run() ?? runClosedLoop(this.#clients, runner, this.#limits);
    const unfinished = await this.#drain(ended, startMs, {
      full: () => full,
      abandon: () => runner.abandon(openLoop?.takeWaiting() ?? []),
    });
    const endMs = sharedNowMs();
    this.#over.abort();
    const rereadsLeft =
      rereads === undefined ? 0 : await rereads.finish(performance.now() + this.#drainMs);
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

  /** Waits for the end of sending, tells why, and waits for what is still under way, for so long. */
  async #drain(
    ended: Promise<void>,
    startMs: number,
    run: { full: () => boolean; abandon: () => { count: number; oldestAgeMs: number } },
  ): Promise<{ count: number; oldestAgeMs: number }> {
    const { config } = this.#setup;
    let over = false;
    const finished = ended.then(() => {
      over = true;
    });
    // Sending is over at the end of the time, or when it was stopped, whatever is still under way.
    const sendingOver = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, startMs + config.durationSecs * 1000 - performance.now());
      this.#onDrainMs = () => {
        clearTimeout(timer);
        resolve();
      };
      void finished.finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    await sendingOver;
    const reason = run.full()
      ? 'max_stored'
      : this.#limits.stopped
        ? 'stopped'
        : over && performance.now() < this.#limits.endMs
          ? 'requests'
          : 'duration';
    this.#post({ kind: 'sent', reason });
    const drainFromMs = performance.now();
    while (!over) {
      const leftMs = drainFromMs + this.#drainMs - performance.now();
      if (leftMs <= 0) break;
      let timer: NodeJS.Timeout | undefined;
      const wait = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
        this.#onDrainMs = resolve;
      });
      await Promise.race([finished, wait]);
      clearTimeout(timer);
    }
    this.#onDrainMs = undefined;
    if (over) return { count: 0, oldestAgeMs: 0 };
    this.#limits.stopped = true;
    const unfinished = run.abandon();
    for (const client of this.#clients) client.http.close();
    return unfinished;
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
            untilMs,
          });
    this.#post({ kind: 'cleaned', left });
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

const loopDelayResolutionMs = 10;
/** Streams of the clients begin at 1; those of the rereads far above. */
const auditorStream = 0x40000000;

/** The numbers of a worker's clients: every `workers`-th. */
function clientsOf({ worker, workers, config }: WorkerSetup): number[] {
  const clients: number[] = [];
  for (let client = worker; client < config.numClients; client += workers) clients.push(client);
  return clients;
}

/** A client makes at most one write a round trip, so this many connections keep up with its share. */
function auditorsOf(setup: WorkerSetup): number {
  const { rereadShare, cacheHitRatioTarget } = setup.config;
  if (rereadShare === 0 || (cacheHitRatioTarget === 1 && rereadShare === 0)) return 0;
  return Math.max(1, Math.ceil(clientsOf(setup).length * rereadShare));
}

/** A worker's part of a bound on the whole run. */
function shareOf(total: number, { worker, workers }: WorkerSetup): number {
  return Math.floor(total / workers) + (worker < total % workers ? 1 : 0);
}
