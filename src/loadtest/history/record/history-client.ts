import { setTimeout as delay } from 'node:timers/promises';
import { isStored } from '../../../protocols/shared/body-check.ts';
import {
  type FailureKind,
  OperationFailure,
  type Payload,
} from '../../../protocols/shared/load-client.ts';
import type { Random } from '../../statistics/random.ts';
import { SingleAttemptConnection } from '../../transport/http/single-attempt-connection.ts';
import type { DeadlineSweep } from '../../transport/shared/deadline-sweep.ts';
import { createEndpoint, type EndpointConfig } from '../../transport/shared/endpoint.ts';
import type { PayloadPool } from '../../workload/payload-pool.ts';
import type { ReadOperation, ReadOutcome, WriteOperation } from '../check/operation.ts';
import type { PlannedKey } from '../values/planned-key.ts';
import { type ValueName, valueId, valuePayload } from '../values/value.ts';
import { ValueReader } from '../values/value-reader.ts';
import type { Recorder } from './recorder.ts';

/** A server that clients talk to. Its address changes when it is started again. */
export interface ReachedNode {
  readonly endpoint: EndpointConfig;
}

export interface HistoryClientOptions {
  readonly run: string;
  readonly nodes: readonly ReachedNode[];
  readonly keys: readonly PlannedKey[];
  readonly sizesBytes: readonly number[];
  readonly pool: PayloadPool;
  readonly recorder: Recorder;
  readonly sweep: DeadlineSweep;
  readonly random: Random;
  /** How long one operation may take. */
  readonly timeoutMs: number;
}

/** Writes and reads keys that others use too, one operation at a time, and records each. */
export class HistoryClient {
  readonly #client: number;
  readonly #options: HistoryClientOptions;
  readonly #connections: (OpenConnection | undefined)[] = [];
  #writes = 0;

  /** @param client from 1. */
  constructor(client: number, options: HistoryClientOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Works until the signal aborts; the operation under way comes to its end. */
  async work(signal: AbortSignal): Promise<void> {
    const { random, keys, nodes, recorder } = this.#options;
    while (!signal.aborted && !recorder.isFull) {
      const key = keys[pickKey(random, keys.length)]!;
      const node = Math.floor(random() * nodes.length);
      const operation =
        random() < writeShare ? await this.#write(key, node) : await this.read(key, node);
      if (operation.outcome === 'failed') await delay(pauseMs);
    }
  }

  /** Reads a key on one node. */
  async read(key: PlannedKey, node: number): Promise<ReadOperation> {
    const { pool, run, recorder } = this.#options;
    const reader = new ValueReader({
      pool,
      run,
      key: key.name,
      sha256: key.content?.sha256,
      sentValues: () => recorder.sentValues(key.name),
    });
    const invokedMs = recorder.nowMs();
    const outcome = await this.#askFor(key, node, reader);
    const operation: ReadOperation = {
      kind: 'read',
      ...this.#asked(key, node, invokedMs),
      ...outcome,
    };
    recorder.operations.push(operation);
    return operation;
  }

  close(): void {
    for (const open of this.#connections) open?.connection.close();
  }

  async #askFor(key: PlannedKey, node: number, reader: ValueReader): Promise<ReadOutcome> {
    try {
      const { status } = await this.#connection(node).exchange(
        { method: 'GET', path: key.path },
        reader.sink,
      );
      if (status === 404) return { outcome: 'miss' };
      return status === 200 ? reader.outcome() : { outcome: 'failed', why: `status ${status}` };
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      // A body that broke off must not have been wrong before.
      return reader.hasWrongBytes ? reader.outcome() : { outcome: 'failed', why: error.message };
    }
  }

  async #write(key: PlannedKey, node: number): Promise<WriteOperation> {
    const { pool, recorder } = this.#options;
    const value = key.content?.value ?? this.#newValue(key);
    const body = valuePayload(pool, value);
    recorder.sending(value);
    const invokedMs = recorder.nowMs();
    const outcome = await this.#send(key, node, body);
    const operation: WriteOperation = {
      kind: 'write',
      ...this.#asked(key, node, invokedMs),
      value: valueId(value),
      ...outcome,
    };
    recorder.operations.push(operation);
    return operation;
  }

  #newValue({ name }: PlannedKey): ValueName {
    const { run, random, sizesBytes } = this.#options;
    this.#writes += 1;
    const sizeBytes = sizesBytes[pickSize(random, sizesBytes.length)]!;
    return { run, key: name, client: this.#client, number: this.#writes, sizeBytes };
  }

  async #send(
    key: PlannedKey,
    node: number,
    body: Payload,
  ): Promise<Pick<WriteOperation, 'outcome' | 'why'>> {
    try {
      const { status } = await this.#connection(node).exchange({
        method: 'PUT',
        path: key.path,
        body,
      });
      if (isStored(status)) return { outcome: 'ok' };
      const isRefused = status >= 400 && status < 500;
      return { outcome: isRefused ? 'failed' : 'unknown', why: `status ${status}` };
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      return { outcome: unsent.has(error.kind) ? 'failed' : 'unknown', why: error.message };
    }
  }

  #asked({ name }: PlannedKey, node: number, invokedMs: number) {
    const endedMs = this.#options.recorder.nowMs();
    return { client: this.#client, node, key: name, invokedMs, endedMs };
  }

  #connection(node: number): SingleAttemptConnection {
    const { nodes, sweep, timeoutMs } = this.#options;
    const { endpoint } = nodes[node]!;
    let open = this.#connections[node];
    if (open?.endpoint !== endpoint) {
      open?.connection.close();
      open = { endpoint, connection: new SingleAttemptConnection(createEndpoint(endpoint), sweep) };
      this.#connections[node] = open;
    }
    open.connection.deadlineMs = performance.now() + timeoutMs;
    return open.connection;
  }
}

interface OpenConnection {
  readonly endpoint: EndpointConfig;
  readonly connection: SingleAttemptConnection;
}

/** Failures of a connection that was never made. */
const unsent: ReadonlySet<FailureKind> = new Set(['refused', 'generator']);

const writeShare = 0.3;

/** Half of all operations are on an eighth of the keys, so that they meet there. */
function pickKey(random: Random, count: number): number {
  const among = random() < 0.5 ? Math.ceil(count / 8) : count;
  return Math.floor(random() * among);
}

/** The n-th size has a weight of 1/n², so that large bodies do not take all the time. */
function pickSize(random: Random, count: number): number {
  const weights = Array.from({ length: count }, (_, n) => 1 / (n + 1) ** 2);
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const picked = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return Math.max(picked, 0);
}

/** A server that is down answers at once: without a pause, its clients would do nothing but ask. */
const pauseMs = 20;
