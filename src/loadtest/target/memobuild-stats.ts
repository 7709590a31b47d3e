import { Connection } from '../transport/http/connection.ts';
import { DeadlineSweep } from '../transport/shared/deadline-sweep.ts';
import { createEndpoint, type EndpointConfig } from '../transport/shared/endpoint.ts';

/** What a MemoBuild server says of itself at `/api/v1/stats`, as far as a load test needs it. */
export interface MemobuildStats {
  /** Name and version. */
  readonly software: string;
  readonly storedBytes: number;
  /** 0 = unbounded. */
  readonly storedBytesMax: number;
  readonly evictedEntries: number;
  /** Sums over its processes. */
  readonly memoryBytes: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
}

/** Asks a target for its statistics, over a connection of its own. Another kind of cache has none. */
export class MemobuildStatsClient {
  readonly #sweep = new DeadlineSweep();
  readonly #connection: Connection;
  #asking = false;

  constructor(endpoint: EndpointConfig) {
    this.#connection = new Connection(createEndpoint(endpoint), this.#sweep);
  }

  /** Undefined where the target has none, does not let us, or does not answer soon; also while it is being asked. */
  async read(): Promise<MemobuildStats | undefined> {
    if (this.#asking) return undefined;
    this.#asking = true;
    this.#connection.deadlineMs = performance.now() + answerTimeoutMs;
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    try {
      const { status } = await this.#connection.exchange(
        { method: 'GET', path: '/api/v1/stats' },
        (chunk) => {
          sizeBytes += chunk.length;
          if (sizeBytes <= answerBytesMax) chunks.push(Buffer.from(chunk));
        },
      );
      if (status !== 200 || sizeBytes > answerBytesMax) return undefined;
      return parseStats(JSON.parse(Buffer.concat(chunks).toString()));
    } catch {
      return undefined;
    } finally {
      this.#connection.deadlineMs = Number.POSITIVE_INFINITY;
      this.#asking = false;
    }
  }

  close(): void {
    this.#connection.close();
  }
}

const answerTimeoutMs = 2_000;
const answerBytesMax = 4 * 2 ** 20;

/** Takes what a server answered for its statistics; `undefined` when it is anything else. */
export function parseStats(answer: unknown): MemobuildStats | undefined {
  const software = memberOf(answer, 'software');
  const store = memberOf(answer, 'store');
  const processes = memberOf(answer, 'processes');
  if (memberOf(software, 'name') !== 'memobuild' || !Array.isArray(processes)) return undefined;
  const sum = (name: string): number =>
    processes.reduce((total: number, process) => total + numberOf(process, name), 0);
  return {
    software: `memobuild ${String(memberOf(software, 'version'))}`,
    storedBytes: numberOf(store, 'sizeBytes'),
    storedBytesMax: numberOf(store, 'maxBytes'),
    evictedEntries: numberOf(store, 'evictedEntries'),
    memoryBytes: sum('privateBytes'),
    residentBytes: sum('rssBytes'),
    cpuMs: sum('cpuMs'),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function numberOf(value: unknown, name: string): number {
  const member = memberOf(value, name);
  return typeof member === 'number' && Number.isFinite(member) ? member : 0;
}
