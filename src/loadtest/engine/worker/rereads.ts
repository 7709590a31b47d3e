import {
  type Artifact,
  type ArtifactClient,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { SamplePlace, WindowRecorder } from '../../metrics/window-recorder.ts';
import type { Random } from '../../statistics/random.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';

/**
 * Re-reads a share of all acknowledged writes, a little later and over connections of its own: what
 * was acknowledged must be there, and be what was written, for every other client. A reread is not an
 * operation and adds no latency sample; what it finds can change the outcome of its write's operation.
 */
export class Rereads {
  readonly #options: RereadsOptions;
  readonly #idle: LoadConnection[];
  #pending: PendingReread[] = [];
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: RereadsOptions) {
    this.#options = options;
    this.#idle = [...options.connections];
  }

  /**
   * Takes an acknowledged write, which is re-read if it is drawn at random and the queue has room.
   */
  offer(artifact: Artifact, place: SamplePlace): void {
    const { share, random } = this.#options;
    if (share === 0 || random() >= share || this.#pending.length >= pendingMax) return;
    const delayMs = delayMsMin + random() * (delayMsMax - delayMsMin);
    this.#pending.push({ artifact, place, dueMs: performance.now() + delayMs, attempts: 0 });
    this.#timer ??= setInterval(() => this.#start(performance.now()), tickMs);
  }

  /** Re-reads all that is pending now. Resolves when all are answered, or at `untilMs`, with the number that were not. */
  async finish(untilMs: number): Promise<number> {
    clearInterval(this.#timer);
    const all = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#start(Number.POSITIVE_INFINITY);
    if (this.#pending.length + this.#underWay > 0) {
      const leftMs = Math.max(0, untilMs - performance.now());
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      await Promise.race([all, late]);
      clearTimeout(timer);
    }
    this.#onEmpty = undefined;
    const left = this.#pending.length + this.#underWay;
    this.#pending = [];
    return left;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#options.connections) connection.close();
  }

  #start(nowMs: number): void {
    // Delays differ, so the list is not in order; it is short.
    for (let at = 0; at < this.#pending.length && this.#idle.length > 0; ) {
      const reread = this.#pending[at]!;
      if (reread.dueMs > nowMs) {
        at += 1;
        continue;
      }
      this.#pending[at] = this.#pending[this.#pending.length - 1]!;
      this.#pending.pop();
      void this.#ask(reread, this.#idle.pop()!);
    }
    if (this.#pending.length + this.#underWay === 0) this.#onEmpty?.();
  }

  async #ask(reread: PendingReread, connection: LoadConnection): Promise<void> {
    const { client, counters, recorder, timeoutMs } = this.#options;
    this.#underWay += 1;
    connection.deadlineMs = performance.now() + timeoutMs;
    try {
      const found = await client.lookup(connection, reread.artifact);
      counters[counterSlot.reread]! += 1;
      if (found === 'miss') recorder.recordLostWrite(reread.place, false);
    } catch (error) {
      if (error instanceof OperationFailure && error.kind === 'integrity') {
        counters[counterSlot.reread]! += 1;
        recorder.recordLostWrite(reread.place, true);
      } else if (reread.attempts < attemptsMax) {
        // A failure says nothing about the write: the reread is repeated, and in the end not counted.
        this.#pending.push({ ...reread, attempts: reread.attempts + 1 });
      }
    }
    connection.deadlineMs = Number.POSITIVE_INFINITY;
    this.#underWay -= 1;
    this.#idle.push(connection);
    this.#start(this.#onEmpty === undefined ? performance.now() : Number.POSITIVE_INFINITY);
  }
}

export interface RereadsOptions {
  readonly client: ArtifactClient;
  /** Connections that only rereads use. */
  readonly connections: readonly LoadConnection[];
  readonly share: number;
  readonly random: Random;
  readonly counters: Counters;
  readonly recorder: WindowRecorder;
  readonly timeoutMs: number;
}

interface PendingReread {
  readonly artifact: Artifact;
  readonly place: SamplePlace;
  readonly dueMs: number;
  readonly attempts: number;
}

const pendingMax = 4096;
const attemptsMax = 3;
const delayMsMin = 50;
const delayMsMax = 1000;
const tickMs = 25;
