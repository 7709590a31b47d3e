import {
  ApiV1Client,
  type ApiV1Exchange,
  type ApiV1Request,
  type ServerStats,
} from '../../protocols/api-v1/client.ts';
import { Connection } from '../transport/http/connection.ts';
import { DeadlineSweep } from '../transport/shared/deadline-sweep.ts';
import { createEndpoint, type EndpointConfig } from '../transport/shared/endpoint.ts';

/** What a MemoBuild server reports at `/api/v1/stats`, as far as a load test needs it. */
export interface MemobuildStats {
  /** Name and version. */
  readonly software: string;
  readonly storedBytes: number;
  /** 0 = unbounded. */
  readonly storedBytesMax: number;
  readonly evictedEntries: number;
  readonly evictedBytes: number;
  /** Sums over its processes. */
  readonly memoryBytes: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
}

/** Asks a target for its statistics, over a connection of its own. Another kind of cache has none. */
export class MemobuildStatsClient {
  readonly #sweep = new DeadlineSweep();
  readonly #connection: Connection;
  readonly #api = new ApiV1Client((request) => this.#exchange(request));
  #asking = false;

  constructor(endpoint: EndpointConfig) {
    this.#connection = new Connection(createEndpoint(endpoint), this.#sweep);
  }

  /**
   * Undefined where the target has none, refuses, or does not answer soon; also while a request is
   * under way.
   */
  async read(): Promise<MemobuildStats | undefined> {
    if (this.#asking) return undefined;
    this.#asking = true;
    this.#connection.deadlineMs = performance.now() + answerTimeoutMs;
    try {
      return summaryOf(await this.#api.stats());
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

  async #exchange({ method, path }: ApiV1Request): ReturnType<ApiV1Exchange> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const { status } = await this.#connection.exchange({ method, path }, (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= answerBytesMax) chunks.push(Buffer.from(chunk));
    });
    if (sizeBytes > answerBytesMax) {
      throw new Error(`the statistics have more than ${answerBytesMax} bytes`);
    }
    return { status, text: Buffer.concat(chunks).toString() };
  }
}

const answerTimeoutMs = 2_000;
const answerBytesMax = 4 * 2 ** 20;

function summaryOf({ software, store, processes }: ServerStats): MemobuildStats {
  const sum = (read: (process: ServerStats['processes'][number]) => number): number =>
    processes.reduce((total, process) => total + read(process), 0);
  return {
    software: `memobuild ${software.version}`,
    storedBytes: store.sizeBytes,
    storedBytesMax: store.maxBytes,
    evictedEntries: store.evictedEntries,
    evictedBytes: store.evictedBytes,
    memoryBytes: sum(({ privateBytes }) => privateBytes),
    residentBytes: sum(({ rssBytes }) => rssBytes),
    cpuMs: sum(({ cpuMs }) => cpuMs),
  };
}
