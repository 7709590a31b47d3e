import { setMaxListeners } from 'node:events';
import type { ArtifactClient } from '../../../protocols/shared/load-client.ts';
import { operationsPerClientMaxOf, type ResolvedConfig, stagesOf } from '../../config/config.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import { SendingTime } from '../../metrics/sending-time.ts';
import { SilenceWatch } from '../../metrics/silence.ts';
import { WindowRecorder } from '../../metrics/window-recorder.ts';
import type { KeyedOperation } from '../../operation/keyed-operation.ts';
import type { LoadTestScenario } from '../../operation/operation.ts';
import { allClientsBegunMs, clientBeginsMs } from '../../pacing/ramp-up.ts';
import { createRandom } from '../../statistics/random.ts';
import { type LoadConnection, openConnection } from '../../transport/load-connection.ts';
import type { ConnectionObserver } from '../../transport/shared/connection-observer.ts';
import { DeadlineSweep } from '../../transport/shared/deadline-sweep.ts';
import { createEndpoint, type Endpoint } from '../../transport/shared/endpoint.ts';
import { PayloadPool } from '../../workload/payload-pool.ts';
import { RunKeys } from '../../workload/run-keys.ts';
import { type Arrivals, openArrivals } from './arrivals.ts';
import { createBuiltInOperation } from './built-in-operation.ts';
import { cleanUp } from './clean-up.ts';
import { ClosedLoop } from './closed-loop.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Drain } from './drain.ts';
import { LoadClient, type LoadClientOptions } from './load-client.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './messages.ts';
import { OpenLoop } from './open-loop.ts';
import { OperationRunner } from './operation-runner.ts';
import { Reporter } from './reporter.ts';
import { Rereads } from './rereads.ts';
import type { Sender, SendLimits } from './sender.ts';
import { auditorsOf, clientsOf, shareOf } from './share.ts';
import { sharedNowMs, toLocalMs } from './shared-clock.ts';
import { countersOf, sumOf } from './shared-state.ts';
import { warmReads } from './warm-reads.ts';
import { warmUp } from './warm-up.ts';
import type { WorkingSetWork } from './working-set-work.ts';

/**
 * One generator: its share of the clients, on the event loop of the thread it is made in. Does what
 * it is commanded, one phase after another, and posts the outcome.
 */
export class LoadWorker {
  readonly #setup: WorkerSetup;
  readonly #reporter: Reporter;
  readonly #counters: Counters;
  readonly #keyVersions: Uint32Array<ArrayBufferLike>;
  readonly #sweep = new DeadlineSweep();
  readonly #over = new AbortController();
  readonly #endpoint: Endpoint;
  /** Clients' connections. An open loop adds to them. */
  readonly #connections: LoadConnection[];
  /** Those of the run. An open loop adds to them. */
  readonly #clients: LoadClient[] = [];
  readonly #auditors: readonly LoadConnection[];
  readonly #protocol: ArtifactClient;
  readonly #operation: LoadTestScenario;
  readonly #builtIn: KeyedOperation | undefined;
  readonly #limits: SendLimits;
  #recorder: WindowRecorder | undefined;
  /** What happens on connections counts as part of the run once that has begun. */
  readonly #observer: ConnectionObserver = {
    connected: (tookMs) => this.#recorder?.recordPart('connect', tookMs),
    answered: (firstByteMs, transferMs) => {
      this.#recorder?.recordPart('first_byte', firstByteMs);
      this.#recorder?.recordPart('transfer', transferMs);
    },
    wasStale: () => {
      this.#counters[counterSlot.stale]! += 1;
    },
  };
  #warming = false;
  #cleaning = false;
  #cleanUntilMs = Number.POSITIVE_INFINITY;
  #drain: Drain | undefined;

  /**
   * @param protocol client of the protocol that the setup's configuration names.
   * @param custom a user's own scenario instead of the built-in one.
   */
  constructor(
    setup: WorkerSetup,
    protocol: ArtifactClient,
    post: (message: WorkerMessage) => void,
    custom?: LoadTestScenario,
  ) {
    const { config, shared, worker, workers, runId } = setup;
    this.#setup = setup;
    this.#reporter = new Reporter(post);
    // Each client that pauses waits for it, too.
    setMaxListeners(0, this.#over.signal);
    this.#counters = countersOf(shared, worker);
    this.#keyVersions = new Uint32Array(shared.keyVersions);
    this.#endpoint = createEndpoint(setup.endpoint);
    this.#connections = clientsOf(setup).map(() => this.#openConnection());
    this.#protocol = protocol;
    this.#builtIn =
      custom === undefined
        ? createBuiltInOperation(setup.replay, {
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
    this.#operation = custom ?? this.#builtIn!;
    this.#auditors = Array.from(
      { length: this.#builtIn === undefined ? 0 : auditorsOf(setup) },
      () => openConnection(this.#endpoint, this.#sweep),
    );
    this.#limits = {
      endMs: 0,
      requestsPerClient: operationsPerClientMaxOf(config.load),
      stopped: false,
      isStoreFull: false,
    };
  }

  /** Executes a command and posts its outcome. */
  async handle(command: WorkerCommand): Promise<void> {
    switch (command.kind) {
      case 'warm':
        return this.#warm(toLocalMs(command.untilMs));
      case 'run':
        return this.#run(command.startMs, command.drainMs);
      case 'stop':
        this.#limits.stopped = true;
        this.#limits.sending?.endAt(performance.now());
        this.#drain?.hurry(command.drainMs);
        if (this.#warming || this.#cleaning) this.#hurry(performance.now() + command.drainMs);
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
    for (const connection of this.#connections) connection.close();
    for (const auditor of this.#auditors) auditor.close();
    this.#sweep.close();
  }

  /** What the warm-up or the clean-up has under way gets no more time than this. */
  #hurry(untilMs: number): void {
    this.#cleanUntilMs = Math.min(this.#cleanUntilMs, untilMs);
    for (const connection of this.#connections) {
      connection.deadlineMs = Math.min(connection.deadlineMs, untilMs);
    }
  }

  #openConnection(): LoadConnection {
    return openConnection(this.#endpoint, this.#sweep, this.#observer);
  }

  #addClient(client: number, connection: LoadClientOptions['connection']): LoadClient {
    const { runId, config } = this.#setup;
    const { signal } = this.#over;
    const added = new LoadClient({ client, runId, seed: config.seed, connection, signal });
    this.#clients.push(added);
    return added;
  }

  async #warm(untilMs: number): Promise<void> {
    let timedOut = false;
    this.#warming = true;
    if (this.#builtIn !== undefined) {
      timedOut = await warmUp({
        ...this.#workOn(this.#builtIn),
        keys: this.#setup.sizes.length,
        untilMs,
        timeoutMs: this.#timeoutMs,
        stopped: () => this.#limits.stopped,
        onFailure: (failure) =>
          this.#reporter.noteFailure(failure.kind, failure.message, 'warm-up'),
      });
      await this.#warmReads(this.#builtIn);
    }
    this.#warming = false;
    this.#reporter.post({ kind: 'warmed', timedOut });
  }

  #workOn(operation: KeyedOperation): WorkingSetWork {
    const { worker, workers } = this.#setup;
    return {
      operation,
      client: this.#protocol,
      connections: this.#connections,
      counters: this.#counters,
      keyVersions: this.#keyVersions,
      worker,
      workers,
    };
  }

  async #warmReads(operation: KeyedOperation): Promise<void> {
    const { config, worker } = this.#setup;
    if (config.warmupReadSecs === 0) return;
    await warmReads({
      ...this.#workOn(operation),
      keys: config.keys,
      random: createRandom(config.seed, warmReadsStream + worker),
      untilMs: performance.now() + config.warmupReadSecs * 1000,
      timeoutMs: this.#timeoutMs,
      stopped: () => this.#limits.stopped,
    });
  }

  async #run(startSharedMs: number, drainMs: number): Promise<void> {
    const { config, shared, windowMs } = this.#setup;
    const startMs = toLocalMs(startSharedMs);
    this.#builtIn?.useStoredKeys();
    this.#limits.endMs = startMs + config.durationSecs * 1000;
    const sending = new SendingTime(shared.sending, startMs, allClientsBegunMs(config));
    sending.endAt(this.#limits.endMs);
    this.#limits.sending = sending;
    const arrivals = await openArrivals(this.#setup, (text) => this.#reporter.note(text));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs - performance.now())));
    const recorder = new WindowRecorder({
      counters: this.#counters,
      startMs,
      windowMs,
      stageEndsMs: stageEndsMsOf(config),
      sending,
      onWindow: (window) => this.#reporter.post({ kind: 'window', window }),
    });
    this.#recorder = recorder;
    const rereads = this.#createRereads(recorder);
    const silence = new SilenceWatch(shared.silence, startMs, sending);
    const runner = this.#createRunner(recorder, rereads, silence);
    const stopObserving = this.#reporter.observe(recorder, windowMs);
    const sender = this.#createSender(arrivals, runner, startMs);
    const drain = new Drain(sender.run(), this.#limits, drainMs);
    this.#drain = drain;
    await drain.sendingOver();
    this.#reporter.post({ kind: 'sent', reason: this.#whySent(drain) });
    const unfinished = await this.#abandonUnfinished(drain, sender, runner);
    sender.close();
    const endMs = sharedNowMs();
    this.#over.abort();
    const rereadsLeft = (await rereads?.finish(performance.now() + drain.boundMs)) ?? 0;
    stopObserving();
    recorder.finish(performance.now());
    this.#reporter.post({
      kind: 'drained',
      unfinished: unfinished.count,
      oldestAgeMs: unfinished.oldestAgeMs,
      endMs,
      rereadsLeft,
    });
  }

  #whySent(drain: Drain): SentReason {
    if (this.#limits.isStoreFull) return 'max_stored';
    return this.#limits.stopped ? 'stopped' : drain.endedBy;
  }

  /** Waits for what is under way; what has not ended when the time for it is over is counted as timed out. */
  async #abandonUnfinished(
    drain: Drain,
    sender: Sender,
    runner: OperationRunner,
  ): Promise<{ readonly count: number; readonly oldestAgeMs: number }> {
    if (await drain.over()) return { count: 0, oldestAgeMs: 0 };
    this.#limits.stopped = true;
    const unfinished = runner.abandon(sender.takeWaiting());
    // Not closed for good: what was stored is still to be removed.
    for (const connection of this.#connections) connection.expire();
    return unfinished;
  }

  async #clean(untilMs: number): Promise<void> {
    this.#cleaning = true;
    this.#cleanUntilMs = untilMs;
    const left =
      this.#builtIn === undefined
        ? 0
        : await cleanUp({
            ...this.#workOn(this.#builtIn),
            keepsWorkingSet: this.#setup.keepsWorkingSet,
            untilMs: () => this.#cleanUntilMs,
          });
    this.#cleaning = false;
    this.#reporter.post({ kind: 'cleaned', left });
  }

  #createSender(arrivals: Arrivals | undefined, runner: OperationRunner, startMs: number): Sender {
    const { config, worker, workers } = this.#setup;
    if (arrivals === undefined) return this.#createClosedLoop(runner);
    return new OpenLoop({
      pool: new ConnectionPool({
        connections: this.#connections,
        most: shareOf(config.maxConnections, this.#setup),
        open: () => this.#openConnection(),
        random: createRandom(config.seed, connectionsStream + worker),
      }),
      createClient: (lender) => this.#addClient(worker + workers * this.#clients.length, lender),
      runner,
      limits: this.#limits,
      counters: this.#counters,
      schedule: arrivals.schedule,
      startMs,
      workers: this.#setup.workers,
      inFlightMax: shareOf(arrivals.inFlightMax, this.#setup),
      timeoutMs: this.#timeoutMs,
    });
  }

  #createClosedLoop(runner: OperationRunner): Sender {
    const { config } = this.#setup;
    const numbers = clientsOf(this.#setup);
    for (const [index, connection] of this.#connections.entries()) {
      this.#addClient(numbers[index]!, connection);
    }
    this.#counters[counterSlot.connections] = this.#connections.length;
    return new ClosedLoop({
      clients: this.#clients,
      runner,
      limits: this.#limits,
      counters: this.#counters,
      beginsMs: (client) => clientBeginsMs(client, config),
      thinkMs: config.thinkMs,
    });
  }

  #createRunner(
    recorder: WindowRecorder,
    rereads: Rereads | undefined,
    silence: SilenceWatch,
  ): OperationRunner {
    return new OperationRunner({
      clients: this.#clients,
      operation: this.#operation,
      counters: this.#counters,
      recorder,
      silence,
      timeoutMs: this.#timeoutMs,
      rereads,
      onStoreBound: () => {
        this.#limits.isStoreFull = true;
        this.#limits.stopped = true;
        this.#limits.sending?.endAt(performance.now());
      },
      onFailure: (kind, message) => this.#reporter.noteFailure(kind, message, 'run'),
    });
  }

  #createRereads(recorder: WindowRecorder): Rereads | undefined {
    const { config, worker } = this.#setup;
    if (this.#auditors.length === 0) return undefined;
    return new Rereads({
      client: this.#protocol,
      connections: this.#auditors,
      share: config.rereadShare,
      random: createRandom(config.seed, auditorStream + worker),
      counters: this.#counters,
      recorder,
      timeoutMs: this.#timeoutMs,
    });
  }

  get #timeoutMs(): number {
    return this.#setup.config.timeoutSecs * 1000;
  }
}

type SentReason = Extract<WorkerMessage, { kind: 'sent' }>['reason'];

/** Streams of the clients begin at 1; those of the rereads far above. */
const auditorStream = 0x40000000;
const warmReadsStream = 0x50000000;
const connectionsStream = 0x58000000;

/** When each of several stages ends, ms from the start; none where there is but one. */
function stageEndsMsOf({ load }: ResolvedConfig): number[] {
  const stages = stagesOf(load);
  if (stages.length < 2) return [];
  let endMs = 0;
  return stages.map(({ durationSecs }) => (endMs += durationSecs * 1000));
}
