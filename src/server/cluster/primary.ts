import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type Logger, messageOf, usableCores } from '../../core/index.ts';
import type { DrainLimits } from '../listener/drain.ts';
import { type CollectedReports, totalCounters } from '../telemetry/collected-reports.ts';
import { type Counters, mergeCounters, noCounters } from '../telemetry/counters.ts';
import { Collector } from './collector.ts';
import { dismiss, type Member, send } from './member.ts';
import type { OtherPorts, Ports, ToPrimary } from './messages.ts';
import type { ServerOverview } from './overview.ts';
import { RestartPolicy } from './restart-policy.ts';
import { UsageAsker } from './usage-asker.ts';
import { WorkersFailed } from './workers-failed.ts';

/** What the primary process runs. */
export interface PrimaryOptions {
  /** 0 = one per core available. */
  readonly workers: number;
  /** The entry of a worker process: it calls `runWorker`. */
  readonly workerModule: URL;
  /** 0 = a free one. */
  readonly port: number;
  readonly drain: DrainLimits;
  /** The longest delay before a worker that died is replaced. */
  readonly restartDelayMsMax: number;
  /** Handed to each worker as it is. */
  readonly settings: unknown;
  /** Workers are started, and wait for this before they open the store. */
  readonly until: Promise<unknown>;
  readonly logger: Logger;
}

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
  readonly #until: Promise<unknown>;
  #settings: unknown;
  readonly #askedPort: number;
  /** The ports that the first worker got, which clients know. */
  #bound: Ports | undefined;
  /** With which settings it got them: a reload may open others beside the first. */
  #boundSettings: unknown;
  /** During a reload: the workers that were there before it. */
  #outgoing: ReadonlySet<Member> = new Set();
  #retired: Counters = noCounters;
  #workersReplaced = 0;
  #startFailure: ((failure: WorkersFailed) => void) | undefined;
  #stopping = false;
  #onAllGone: (() => void) | undefined;

  constructor(options: PrimaryOptions) {
    this.#logger = options.logger;
    this.#drain = options.drain;
    this.#restarts = new RestartPolicy(options.restartDelayMsMax);
    this.#count = options.workers === 0 ? usableCores() : options.workers;
    this.#askedPort = options.port;
    this.#settings = options.settings;
    this.#until = options.until;
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
    try {
      await Promise.all([this.#forkAll(), this.#until]);
    } catch (error) {
      this.#stopping = true;
      this.#killAll();
      throw error;
    }
    return this.#bound?.port ?? this.#askedPort;
  }

  /** The ports that workers listen on beside the first, by URL scheme. Known once they are started. */
  get otherPorts(): OtherPorts {
    return this.#bound?.otherPorts ?? {};
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
      for (const member of this.#outgoing) dismiss(member, this.#drain.drainDeadlineMs);
    } catch (error) {
      this.#settings = earlierSettings;
      for (const member of this.#members.values()) {
        if (!this.#outgoing.has(member)) dismiss(member, this.#drain.drainDeadlineMs);
      }
      const lost = this.#count - [...this.#outgoing].filter(({ state }) => state !== 'dead').length;
      for (let n = 0; n < lost; n += 1) void this.#fork();
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

  /** Drains all workers; resolves when the last is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const gone = this.#allGone();
    for (const member of this.#members.values()) dismiss(member, this.#drain.drainDeadlineMs);
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
      // The workers hold this process while there are any.
      deadline.unref();
    });
    try {
      await Promise.race([
        Promise.all(Array.from({ length: this.#count }, () => this.#fork())),
        failure,
      ]);
    } finally {
      clearTimeout(deadline);
      this.#startFailure = undefined;
    }
  }

  #fork(): Promise<void> {
    const worker = cluster.fork();
    return new Promise((onReady) => {
      const member: Member = {
        worker,
        state: 'starting',
        startedMs: performance.now(),
        settings: this.#settings,
        report: undefined,
        onReady,
      };
      this.#members.set(worker.id, member);
      worker.on('message', (message: ToPrimary) => this.#onMessage(member, message));
      worker.on('error', (error) => {
        this.#logger.warn(
          { worker: worker.process.pid, error: messageOf(error) },
          'worker channel',
        );
      });
      worker.once('exit', (code, signal) => this.#onExit(member, signal ?? code));
    });
  }

  #onMessage(member: Member, message: ToPrimary): void {
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
        if (this.#startFailure === undefined) {
          this.#logger.error({ reason: message.message }, 'worker cannot start');
        }
        this.#startFailure?.(new WorkersFailed(message.message, message.code));
        return;
      case 'reported':
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

  async #configure({ worker, settings }: Member): Promise<void> {
    try {
      await this.#until;
    } catch {
      // Whoever called start() hears of it, and ends the workers.
      return;
    }
    send(worker, { type: 'configure', settings, ports: this.#portsToAskFor() });
  }

  /**
   * Port 0 means the same socket to all workers for as long as one of them has it open. A first one
   * after that would get another port, so it asks for the number that clients know.
   */
  #portsToAskFor(): Ports {
    const isOpen = [...this.#members.values()].some(
      ({ state }) => state === 'serving' || state === 'leaving',
    );
    if (isOpen || this.#bound === undefined) return { port: this.#askedPort, otherPorts: {} };
    const { port, otherPorts } = this.#bound;
    return { port, otherPorts: this.#settings === this.#boundSettings ? otherPorts : {} };
  }

  /** A worker whose siblings died while it started may have got ports that no client knows. */
  #takesPorts(member: Member, ports: Ports): boolean {
    const bound = this.#bound ?? ports;
    const isReload = member.settings !== this.#boundSettings;
    if (ports.port === bound.port && (isReload || isDeepStrictEqual(ports, bound))) {
      this.#bound = ports;
      this.#boundSettings = member.settings;
      return true;
    }
    this.#logger.error(
      { worker: member.worker.process.pid, ports, wanted: this.#bound },
      'worker got other ports than the server has',
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
    this.#members.delete(member.worker.id);
    clearTimeout(member.killTimer);
    // What it had counted stays counted, so that no sum over the workers ever goes back.
    if (member.report !== undefined) {
      this.#retired = mergeCounters([this.#retired, member.report.counters]);
    }
    this.#collector.left(member);
    const pid = member.worker.process.pid;
    const was = member.state;
    member.state = 'dead';
    if (was === 'leaving') this.#logger.info({ worker: pid }, 'worker gone');
    // One that a reload is about to send away has its successor already.
    else if (this.#outgoing.has(member)) this.#logger.error({ worker: pid, how }, 'worker died');
    else if (was !== 'dead' && !this.#stopping) this.#replace(member, was, how);
    if (this.#members.size === 0) this.#onAllGone?.();
  }

  #replace(member: Member, was: 'starting' | 'serving', how: number | string): void {
    const livedMs = performance.now() - member.startedMs;
    const decision = this.#restarts.onDeath(was, livedMs);
    const pid = member.worker.process.pid;
    if (decision.kind === 'give-up' && this.#startFailure !== undefined) {
      this.#startFailure(
        new WorkersFailed(`worker processes end as they start (${how})`, undefined),
      );
      return;
    }
    this.#logger.error(
      { worker: pid, how, againInMs: decision.delayMs },
      'worker died, replacing it',
    );
    this.#workersReplaced += 1;
    const again = (): void => {
      if (this.#stopping) return;
      void this.#fork().then(member.onReady);
    };
    if (decision.delayMs === 0) again();
    else setTimeout(again, decision.delayMs);
  }

  #killAll(): void {
    for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
  }

  #allGone(): Promise<void> {
    if (this.#members.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAllGone = resolve;
    });
  }
}

/** A worker that takes longer to serve is not waited for. */
const startTimeoutMs = 60_000;
