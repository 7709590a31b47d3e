import { setTimeout as delay } from 'node:timers/promises';
import { ApiV1Client, fetchExchange } from '../../../protocols/api-v1/client.ts';
import { type RunningTarget, startEmbeddedServer } from '../../target/embedded-server.ts';
import type { EndpointConfig } from '../../transport/shared/endpoint.ts';
import type { ReachedNode } from './history-client.ts';

export interface OwnNodeOptions {
  readonly name: string;
  readonly serveArgs: readonly string[];
  /** Where its store is, also after it was killed. */
  readonly dir: string;
  readonly program?: string | undefined;
  readonly signal: AbortSignal;
}

/** A server that the run started, and may harm. */
export class OwnNode implements ReachedNode {
  readonly name: string;
  readonly #options: OwnNodeOptions;
  #server: RunningTarget;
  #endpoint: EndpointConfig;

  private constructor(options: OwnNodeOptions, server: RunningTarget) {
    this.name = options.name;
    this.#options = options;
    this.#server = server;
    this.#endpoint = endpointOf(server);
  }

  /** @throws {LoadTestError} `no_target`, `interrupted`, `machine`. */
  static async start(options: OwnNodeOptions): Promise<OwnNode> {
    return new OwnNode(options, await startEmbeddedServer(options));
  }

  get endpoint(): EndpointConfig {
    return this.#endpoint;
  }

  /** Kills all its processes at once and starts it again. @throws as {@link OwnNode.start}. */
  async killAndRestart(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#server.stop();
    // A run that is interrupted meanwhile has a server to stop, and a history to report.
    this.#server = await startEmbeddedServer({ ...this.#options, signal: undefined });
    this.#endpoint = endpointOf(this.#server);
  }

  /** Stops all its processes for a while, as a machine does that swaps or migrates. */
  async stopFor(ms: number, signal: AbortSignal): Promise<void> {
    const { pid } = this.#server;
    if (pid !== undefined) await stopProcess(-pid, ms, signal);
  }

  /** The ids of its workers; none where it does not answer. */
  async workers(): Promise<number[]> {
    const exchange = fetchExchange(this.#server.url, { timeoutMs: statsTimeoutMs });
    const stats = await new ApiV1Client(exchange).stats().catch(() => undefined);
    const processes = stats?.processes ?? [];
    return processes.flatMap(({ pid, role }) => (role === 'worker' ? [pid] : []));
  }

  /** Has it read its configuration again and replace its workers. */
  reload(): void {
    const { pid } = this.#server;
    if (pid !== undefined) signalProcess(pid, 'SIGHUP');
  }

  async stop(): Promise<void> {
    this.#signal('SIGCONT');
    await this.#server.stop();
  }

  #signal(signal: NodeJS.Signals): void {
    // It leads a process group.
    if (this.#server.pid !== undefined) signalProcess(-this.#server.pid, signal);
  }
}

const statsTimeoutMs = 2_000;

function endpointOf({ url }: RunningTarget): EndpointConfig {
  return { url, headers: {}, tls: { insecure: false } };
}

/** Sends a signal to a process that may have ended. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has.
  }
}

/** Stops a process, or with a negative id its group, for a while. */
export async function stopProcess(pid: number, ms: number, signal: AbortSignal): Promise<void> {
  signalProcess(pid, 'SIGSTOP');
  try {
    await delay(ms, undefined, { signal }).catch(() => {});
  } finally {
    signalProcess(pid, 'SIGCONT');
  }
}
