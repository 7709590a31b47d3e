import type { RunResult } from '../../src/loadtest/internal.ts';
import type { Cleanup } from '../../src/testing/cleanup.ts';
import { freePort } from '../../src/testing/free-port.ts';
import type { NodePorts } from '../../src/testing/start-balancer.ts';
import { type StartedMemobuild, startMemobuild } from '../../src/testing/start-memobuild.ts';
import { type RunningServer, startServer } from '../../src/testing/start-server.ts';
import { statsOf } from './serve-client.ts';

/** One of several servers on one Redis, which keeps its ports over restarts. */
export class BalancedNode {
  readonly #t: Cleanup;
  readonly #redisUrl: string;
  readonly ports: NodePorts;
  #server: RunningServer | undefined;
  #earlierLogs = '';
  /** Primary and workers. */
  #pids: readonly number[] = [];

  private constructor(t: Cleanup, redisUrl: string, ports: NodePorts) {
    this.#t = t;
    this.#redisUrl = redisUrl;
    this.ports = ports;
  }

  static async start(t: Cleanup, redisUrl: string): Promise<BalancedNode> {
    const [http, grpc] = await Promise.all([freePort(), freePort()]);
    const node = new BalancedNode(t, redisUrl, { http, grpc });
    await node.start();
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  /** What it has logged, over all its restarts. */
  get log(): string {
    return this.#earlierLogs + (this.#server?.stderr() ?? '');
  }

  async start(): Promise<void> {
    this.#earlierLogs = this.log;
    const ports = ['--port', String(this.ports.http), '--grpc-port', String(this.ports.grpc)];
    const store = ['--store', 'shared', '--redis', this.#redisUrl];
    // Five times what HAProxy needs to notice, on a busy machine.
    const drain = ['--drain-delay', '10s', '--drain-window', '1s'];
    this.#server = await startServer(this.#t, {
      args: [...ports, ...store, ...drain, '--workers', '1'],
    });
    this.#pids = (await statsOf(this.url)).processes.map(({ pid }) => pid);
  }

  /** Sends a signal to all processes of the node, as the loss or a stop of its machine would. */
  signalAll(signal: NodeJS.Signals): void {
    for (const pid of this.#pids) process.kill(pid, signal);
  }

  /** SIGTERM to the primary, as supervisors do it. @returns when it has ended, with its exit code. */
  async stop(): Promise<number | null> {
    const { child } = this.#server!;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }
}

/** How the load test drives a balancer. */
export interface Load {
  readonly protocol: 'bazel' | 'reapi';
  /** Operations per second of an open loop. Default: {@link loadClients} clients in a closed loop. */
  readonly rate?: number;
  /** Default 0.75: a miss is followed by a store. With 1 nothing is stored. */
  readonly hitRate?: number;
}

/** Clients of a closed loop: each has one request under way at a time. */
export const loadClients = 200;
const warmUpKeys = 20;
/** A node that has been sent so many is past the warm-up, which is not judged. */
export const requestsOfLoad: number = warmUpKeys + 20;

/** Starts the load test against a balancer. It runs until {@link finish}. */
export function startLoad(t: Cleanup, target: string, load: Load): StartedMemobuild {
  const { protocol, rate, hitRate = 0.75 } = load;
  const closed = ['--clients', String(loadClients), '--requests', '0', '--think', '3s'];
  const pace = rate === undefined ? closed : ['--rate', String(rate)];
  const limits = ['--duration', '600', '--timeout', '60', '--max-stored', '1GiB'];
  const keys = ['--size', '1KiB', '--working-set', String(warmUpKeys), '--reread', '0.2'];
  return startMemobuild(t, [
    ...['loadtest', '--target', target, '--protocol', protocol, '--json', '--workers', '1'],
    ...[...pace, ...limits, ...keys, '--hit-rate', String(hitRate)],
  ]);
}

/** Ends the load as Ctrl-C does. @returns what it measured. */
export async function finish(load: StartedMemobuild): Promise<RunResult> {
  load.child.kill('SIGINT');
  await load.ended();
  try {
    return JSON.parse(load.stdout.text()) as RunResult;
  } catch (cause) {
    throw new Error(`the load test wrote no result:\n${load.stderr.text()}`, { cause });
  }
}
