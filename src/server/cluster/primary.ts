import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { type Logger, messageOf, usableCores } from '../../core/index.ts';
import type { DrainLimits } from '../listener/drain.ts';
import { type CollectedReports, totalCounters } from '../telemetry/collected-reports.ts';
import { type Counters, mergeCounters, noCounters } from '../telemetry/counters.ts';
import { BoundPorts } from './bound-ports.ts';
import { Collector } from './collector.ts';
import { type Departed, dismiss, type Member, send, startingMember, suspend } from './member.ts';
import type { OtherPorts, Ports, ToPrimary } from './messages.ts';
import type { ServerOverview } from './overview.ts';
import type { PrimaryOptions } from './primary-options.ts';
import { RestartPolicy } from './restart-policy.ts';
import { SilenceWatch } from './silence-watch.ts';
import { type HeldStore, StoreCare } from './store-care.ts';
import { UsageAsker } from './usage-asker.ts';
import { WorkersFailed } from './workers-failed.ts';

/**
 * Keeps a number of worker processes running on one port. It serves nothing itself: it starts
 * workers, replaces those that die, exchanges them for others on a reload and adds up their reports.
 */
export class Primary {
  readonly #logger: Logger;
  readonly #drain: DrainLimits;
  readonly #count: number;
  readonly #members = new Map<number, Member>();
  readonly #restarts: RestartPolicy;
  readonly #collector: Collector;
  readonly #usage: UsageAsker;
  readonly #store: Promise<HeldStore>;
  readonly #care: StoreCare;
  readonly #silence: SilenceWatch<Member>;
  readonly #workerTimeoutMs: number;
  #settings: unknown;
  readonly #ports: BoundPorts;
  /** During a reload: the workers that were there before it. */
  #outgoing: ReadonlySet<Member> = new Set();
  #retired: Counters = noCounters;
  #workersReplaced = 0;
  #startFailure: ((failure: WorkersFailed) => void) | undefined;
  #stopping = false;
  #onAllGone: (() => void)[] = [];

  constructor(options: PrimaryOptions) {
    this.#logger = options.logger;
    this.#drain = options.drain;
    this.#restarts = new RestartPolicy(options.restartDelayMsMax);
    this.#count = options.workers === 0 ? usableCores() : options.workers;
    this.#ports = new BoundPorts(options.port);
    this.#settings = options.settings;
    this.#store = options.store;
    this.#workerTimeoutMs = options.workerTimeoutMs;
    this.#care = new StoreCare({
      store: options.store,
      logger: options.logger,
      endWorkers: (reason) => this.#suspendAll(reason),
    });
    this.#silence = new SilenceWatch({
      watched: () => this.#members.values(),
      onSilent: (member) => this.#killSilent(member),
    });
    this.#collector = new Collector(() => this.#members.values());
    this.#usage = new UsageAsker(() => this.#members.values());
    // Every worker accepts from the one listening socket: no hop through this process. Measured on 2
    // cores (wrk, 50 connections, 5 rounds of each in turn): 13 µs of CPU a request either way when
    // connections are kept, 117 µs instead of 233 µs when each request opens one, as ccache's do. The
    // price: of 50 connections that come at once one worker may take 40.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({
      exec: fileURLToPath(options.workerModule),
      args: [],
    });
  }

  /**
   * Starts the workers. @returns the port, once all of them listen on it.
   * @throws {WorkersFailed} and what `until` throws.
   */
  async start(): Promise<number> {
    this.#silence.start();
    try {
      await Promise.all([this.#forkAll(), this.#store]);
    } catch (error) {
      this.#stopping = true;
      this.#killAll();
      throw error;
    }
    return this.#ports.port;
  }

  /** The ports that workers listen on beside the first, by URL scheme. Known once they are started. */
  get otherPorts(): OtherPorts {
    return this.#ports.otherPorts;
  }

  /**
   * Starts workers with other settings and, once they all serve, drains those there were. One at a
   * time: wait for a reload to end before the next.
   * @throws {WorkersFailed} when the new ones cannot start; the old ones continue.
   */
  async reload(settings: unknown): Promise<void> {
    if (this.#stopping) return;
    const earlierSettings = this.#settings;
    this.#settings = settings;
    this.#outgoing = new Set(this.#members.values());
    try {
      await this.#forkAll();
      for (const member of this.#outgoing) dismiss(member, 'replaced', this.#drain.drainDeadlineMs);
    } catch (error) {
      this.#settings = earlierSettings;
      for (const member of this.#members.values()) {
        if (!this.#outgoing.has(member)) dismiss(member, 'replaced', this.#drain.drainDeadlineMs);
      }
      const lost = this.#count - [...this.#outgoing].filter(({ state }) => state !== 'dead').length;
      for (let n = 0; n < lost; n += 1) this.#forkLater(() => {}, 0);
      throw error;
    } finally {
      this.#outgoing = new Set();
    }
  }

  /** The reports of all processes, and whether they serve. */
  async overview(): Promise<ServerOverview> {
    const [reports, usage] = await Promise.all([this.#reports(), this.#usage.ask()]);
    const states = [...this.#members.values()].map(({ state }) => state);
    return {
      counters: totalCounters(reports),
      processes: reports.processes,
      uptimeMs: reports.uptimeMs,
      workersReplaced: reports.workersReplaced,
      usage,
      workersWanted: this.#count,
      workersServing: states.filter((state) => state === 'serving').length,
      draining: this.#stopping,
    };
  }

  /** Drains all workers; resolves when the last has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const gone = this.#allGone();
    for (const member of this.#members.values())
      dismiss(member, 'stopping', this.#drain.drainDeadlineMs);
    await gone;
  }

  /** Ends all workers at once. */
  async kill(): Promise<void> {
    this.#stopping = true;
    const gone = this.#allGone();
    this.#killAll();
    await gone;
  }

  /** Forks as many workers as there should be; resolves when all of them serve. */
  async #forkAll(): Promise<void> {
    let deadline: NodeJS.Timeout | undefined;
    const failure = new Promise<never>((_, reject) => {
      this.#startFailure = reject;
      deadline = setTimeout(() => {
        reject(new WorkersFailed(`workers are not serving after ${startTimeoutMs} ms`, undefined));
      }, startTimeoutMs);
      // The workers keep this process alive while there are any.
      deadline.unref();
    });
    try {
      await Promise.race([
        Promise.all(
          Array.from(
            { length: this.#count },
            () => new Promise<void>((ready) => this.#forkLater(ready, 0)),
          ),
        ),
        failure,
      ]);
    } finally {
      clearTimeout(deadline);
      this.#startFailure = undefined;
    }
  }

  /** Starts a worker; one that cannot be started is tried again later, as one that died. */
  #fork(onReady: () => void): void {
    let worker: Worker;
    try {
      worker = cluster.fork();
    } catch (error) {
      this.#replace({ how: `it cannot be started: ${messageOf(error)}`, was: 'starting', onReady });
      return;
    }
    const member = startingMember(worker, this.#settings, onReady, {
      startMsMax: startTimeoutMs,
      silenceMsMax: this.#workerTimeoutMs,
    });
    this.#members.set(worker.id, member);
    worker.on('message', (message: ToPrimary) => this.#onMessage(member, message));
    worker.on('error', (error) => {
      const { pid } = worker.process;
      this.#logger.warn({ worker: pid, error: messageOf(error) }, 'worker channel');
      // The system had no room for it, and no exit follows.
      if (pid === undefined) this.#onExit(member, `it cannot be started: ${messageOf(error)}`);
    });
    worker.once('exit', (code, signal) => this.#onExit(member, signal ?? code));
  }

  #killSilent(member: Member): void {
    const { pid } = member.worker.process;
    const silentMs = Math.round(performance.now() - member.heardMs);
    this.#logger.error({ worker: pid, silentMs }, 'worker hangs, killing it');
    // Its exit has it replaced. Not again before that.
    member.heardMs = performance.now();
    member.worker.process.kill('SIGKILL');
  }

  /** Ends all workers, so that the store can be checked; each is replaced when that is done. */
  async #suspendAll(reason: string): Promise<void> {
    const gone = this.#allGone();
    for (const member of this.#members.values()) suspend(member, reason);
    await gone;
    if (this.#stopping) throw new Error('the server is stopping');
  }

  #onMessage(member: Member, message: ToPrimary): void {
    member.heardMs = performance.now();
    switch (message.type) {
      case 'hello':
        void this.#configure(member);
        return;
      case 'ready':
        if (!this.#takesPorts(member, message.ports)) return;
        if (member.state === 'starting') member.state = 'serving';
        member.onReady();
        this.#logger.info(
          { worker: member.worker.process.pid, port: message.ports.port },
          'worker serves',
        );
        return;
      case 'failed':
        if (message.code === 'damaged' && this.#care.cannotOpen(message.message)) {
          member.isSuspended = true;
          return;
        }
        if (this.#startFailure === undefined) {
          this.#logger.error({ reason: message.message }, 'worker cannot start');
        }
        this.#startFailure?.(new WorkersFailed(message.message, message.code));
        return;
      case 'reported':
        this.#care.damageMet(
          message.report.counters.indexDamages - (member.report?.counters.indexDamages ?? 0),
        );
        member.report = message.report;
        this.#collector.arrived(message.id, member);
        return;
      case 'used':
        this.#usage.arrived(message.id, message.usage);
        return;
      case 'collect':
        void this.#collect(member, message.id);
        return;
    }
  }

  async #configure(member: Member): Promise<void> {
    const { worker, settings } = member;
    try {
      await this.#store;
    } catch {
      // Whoever called start() hears of it, and ends the workers.
      return;
    }
    member.isConfigured = true;
    member.heardMs = performance.now();
    const isOpen = [...this.#members.values()].some(
      ({ state }) => state === 'serving' || state === 'leaving',
    );
    send(worker, {
      type: 'configure',
      settings,
      ports: this.#ports.toAskFor(this.#settings, isOpen),
    });
  }

  /** Whether the worker listens where clients look for it; one that does not is ended, and replaced. */
  #takesPorts(member: Member, ports: Ports): boolean {
    if (this.#ports.take(member.settings, ports)) return true;
    this.#logger.error(
      { worker: member.worker.process.pid, ports, wanted: this.#ports.port },
      "worker got ports other than the server's",
    );
    member.worker.process.kill('SIGKILL');
    return false;
  }

  async #collect(member: Member, id: number): Promise<void> {
    send(member.worker, { type: 'collected', id, reports: await this.#reports() });
  }

  async #reports(): Promise<CollectedReports> {
    const processes = await this.#collector.collect();
    return {
      processes,
      retired: this.#retired,
      uptimeMs: Math.round(process.uptime() * 1000),
      workersReplaced: this.#workersReplaced,
    };
  }

  #onExit(member: Member, how: number | string): void {
    // A worker that could not be started ends once by its error, and may end again.
    if (!this.#members.delete(member.worker.id)) return;
    clearTimeout(member.killTimer);
    // What it had counted stays counted, so that no sum over the workers ever goes back.
    if (member.report !== undefined) {
      this.#retired = mergeCounters([this.#retired, member.report.counters]);
    }
    this.#collector.left(member);
    const pid = member.worker.process.pid;
    const was = member.state;
    member.state = 'dead';
    if (was !== 'dead') this.#care.workerDied(how);
    if (was === 'leaving') this.#logger.info({ worker: pid }, 'worker gone');
    // One that a reload is about to replace has its successor already.
    else if (this.#outgoing.has(member)) this.#logger.error({ worker: pid, how }, 'worker died');
    else if (member.isSuspended || this.#care.underWay !== undefined) {
      this.#forkLater(member.onReady, 0);
    } else if (was !== 'dead' && !this.#stopping) {
      this.#replace({ how, was, pid, startedMs: member.startedMs, onReady: member.onReady });
    }
    if (this.#members.size > 0) return;
    for (const onGone of this.#onAllGone.splice(0)) onGone();
  }

  #replace({ how, was, pid, startedMs, onReady }: Departed): void {
    const livedMs = startedMs === undefined ? 0 : performance.now() - startedMs;
    const decision = this.#restarts.onDeath(was, livedMs);
    if (decision.kind === 'give-up' && this.#startFailure !== undefined) {
      this.#startFailure(
        new WorkersFailed(`worker processes exit while starting (${how})`, undefined),
      );
      return;
    }
    // Trying again at once does not help a worker that could not even be started.
    const againInMs = Math.max(decision.delayMs, pid === undefined ? forkRetryMs : 0);
    this.#logger.error({ worker: pid, how, againInMs }, 'worker died, replacing it');
    this.#workersReplaced += 1;
    this.#forkLater(onReady, againInMs);
  }

  /** Starts a worker after a delay, and not while the store is being checked. */
  #forkLater(onReady: () => void, delayMs: number): void {
    const again = (): void => {
      const { underWay } = this.#care;
      if (this.#stopping) return;
      if (underWay === undefined) this.#fork(onReady);
      else void underWay.then(again);
    };
    if (delayMs === 0) again();
    else setTimeout(again, delayMs);
  }

  #killAll(): void {
    for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
  }

  #allGone(): Promise<void> {
    if (this.#members.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAllGone.push(resolve);
    });
  }
}

/** A worker that takes longer to serve is not waited for. */
const startTimeoutMs = 60_000;
/** The shortest delay before a worker that could not be started is tried again. */
const forkRetryMs = 100;
