import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { makeTemporaryDirectory } from '../../core/index.ts';
import type { TraceEvent } from '../../core/trace/index.ts';
import { ConfigError } from '../errors.ts';
import { EventOrder } from './event-order.ts';
import { KeyPlan, replayKeysMax } from './key-plan.ts';
import { TraceReader } from './read-trace.ts';
import type { TraceFigures, TracePlan } from './replay-plan.ts';
import { encodeStep, type ReplayOperation, stepBytes } from './replay-step.ts';

/**
 * Reads a trace once and writes its steps out for the generators, in the order of their times.
 * A key's steps all go to one generator.
 * @throws {ConfigError} if it is not a trace, or holds nothing to replay; the signal's
 *   reason.
 */
export async function planReplay(options: PlanReplayOptions): Promise<TracePlan> {
  const { trace, dir, workers } = options;
  const reader = new TraceReader(trace);
  const order = new EventOrder();
  const keys = new KeyPlan({ storesOnce: options.storesOnce });
  const stepFiles = Array.from({ length: workers }, (_, worker) => join(dir, `${worker}.steps`));
  const outputs = stepFiles.map((path) => new StepOutput(path));
  const tally = new Tally();
  /** Returns a promise where the disk has to be waited for. */
  const take = (event: TraceEvent): Promise<void> | undefined => {
    const operation = operationOf(event, options.canRemove);
    tally.add(event, operation);
    if (typeof operation !== 'object') return undefined;
    if (keys.isFull) {
      throw new ConfigError([
        `the trace ${trace} names more than ${replayKeysMax.toLocaleString('en')} keys: split it`,
      ]);
    }
    const key = keys.keyFor(event);
    const code = encodeStep({ ...operation, kind: key.kind, number: key.number });
    return outputs[key.number % workers]!.add(tally.sinceFirstMs(event), code);
  };
  try {
    for await (const events of reader.batches()) {
      options.signal.throwIfAborted();
      for (const event of events) {
        for (const ready of order.add(event)) {
          const written = take(ready);
          if (written !== undefined) await written;
        }
      }
    }
    for (const ready of order.finish()) await take(ready);
  } finally {
    await Promise.all(outputs.map((output) => output.close()));
  }
  if (tally.replayed === 0) {
    throw new ConfigError([`the trace ${trace} holds no operation to replay`]);
  }
  const file = reader.figures;
  const ended = new Set(file.trailers.map(({ w }) => w));
  const figures: TraceFigures = {
    trace: basename(trace),
    sha256: file.sha256,
    startedAtMs: file.startedAtMs,
    ...tally.figures(),
    dropped: file.trailers.reduce((sum, { dropped }) => sum + dropped, 0),
    brokenLines: file.brokenLines,
    outOfOrder: order.outOfOrder,
    cutOff: [...tally.processes].filter((process) => !ended.has(process)).length,
    keys: keys.warmSizes().length + keys.newSizes().length,
    keysRenewed: keys.renewed,
    storedBytes: keys.storedBytes(),
  };
  return { stepFiles, warmSizes: keys.warmSizes(), newSizes: keys.newSizes(), figures };
}

export interface PlanReplayOptions {
  readonly trace: string;
  /** Where the steps are written. */
  readonly dir: string;
  readonly workers: number;
  /** Whether the protocol of the replay can remove an entry. */
  readonly canRemove: boolean;
  /** Whether it refuses a second store of a key. */
  readonly storesOnce: boolean;
  readonly signal: AbortSignal;
}

/** Makes a directory for steps; returns how to remove it. */
export function stepsDir(): { readonly dir: string; remove(): Promise<void> } {
  const dir = makeTemporaryDirectory('memobuild-replay-');
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

type Planned = { readonly operation: ReplayOperation } | 'refused' | 'unsupported';

function operationOf({ op, answer }: TraceEvent, canRemove: boolean): Planned {
  if (answer === 'refused' || answer === 'failed' || answer === 'exists') return 'refused';
  switch (op) {
    case 'read':
    case 'write':
      return { operation: op };
    case 'exists':
    case 'find':
      return { operation: 'exists' };
    case 'delete':
      return canRemove ? { operation: 'delete' } : 'unsupported';
    case 'purge':
      return 'unsupported';
  }
}

/** Counts what the trace holds. */
class Tally {
  replayed = 0;
  readonly processes = new Set<number>();
  readonly #operations: Record<ReplayOperation, number> = {
    read: 0,
    exists: 0,
    write: 0,
    delete: 0,
  };
  #events = 0;
  #hits = 0;
  #misses = 0;
  #refused = 0;
  #unsupported = 0;
  #firstUs: number | undefined;
  #lastUs = 0;
  #second = -1;
  #inSecond = 0;
  #peakPerSec = 0;

  add(event: TraceEvent, planned: Planned): void {
    this.#events += 1;
    if (this.processes.size < processesMax) this.processes.add(event.w);
    if (planned === 'refused') this.#refused += 1;
    else if (planned === 'unsupported') this.#unsupported += 1;
    else this.#addReplayed(event, planned.operation);
  }

  /** Time since the first operation that is replayed. */
  sinceFirstMs({ t }: TraceEvent): number {
    return (t - (this.#firstUs ?? t)) / 1000;
  }

  figures(): Pick<
    TraceFigures,
    | 'events'
    | 'replayed'
    | 'operations'
    | 'hits'
    | 'misses'
    | 'refused'
    | 'unsupported'
    | 'durationMs'
    | 'peakPerSec'
  > {
    return {
      events: this.#events,
      replayed: this.replayed,
      operations: this.#operations,
      hits: this.#hits,
      misses: this.#misses,
      refused: this.#refused,
      unsupported: this.#unsupported,
      durationMs: (this.#lastUs - (this.#firstUs ?? 0)) / 1000,
      peakPerSec: this.#peakPerSec,
    };
  }

  #addReplayed(event: TraceEvent, operation: ReplayOperation): void {
    this.replayed += 1;
    this.#operations[operation] += 1;
    if (operation === 'read' || operation === 'exists') {
      if (event.answer === 'hit') this.#hits += 1;
      else this.#misses += 1;
    }
    this.#firstUs ??= event.t;
    this.#lastUs = event.t;
    const second = Math.floor((event.t - this.#firstUs) / 1e6);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    this.#peakPerSec = Math.max(this.#peakPerSec, this.#inSecond);
  }
}

const processesMax = 10_000;

/** Writes one worker's steps, in blocks. */
class StepOutput {
  readonly #stream: WriteStream;
  #failure: unknown;
  #block = new Float64Array(blockSteps * 2);
  #steps = 0;

  constructor(path: string) {
    this.#stream = createWriteStream(path);
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Returns a promise where a block is full. */
  add(dueMs: number, code: number): Promise<void> | undefined {
    this.#block[2 * this.#steps] = dueMs;
    this.#block[2 * this.#steps + 1] = code;
    this.#steps += 1;
    return this.#steps === blockSteps ? this.#flush() : undefined;
  }

  /** @throws what went wrong in writing. */
  async close(): Promise<void> {
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  async #flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure as Error;
    if (this.#steps === 0) return;
    const bytes = Buffer.from(this.#block.buffer, 0, this.#steps * stepBytes);
    this.#block = new Float64Array(blockSteps * 2);
    this.#steps = 0;
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

const blockSteps = 4096;
