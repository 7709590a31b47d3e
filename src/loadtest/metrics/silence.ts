import type { Silence } from '../measurement.ts';
import type { SendingTime } from './sending-time.ts';

/** Memory that all threads of a run share for {@link SilenceWatch}. */
export function createSilenceMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(slots * Float64Array.BYTES_PER_ELEMENT + 8);
}

/**
 * Finds how long the target answered nothing while operations were under way, over all threads
 * together: they share the last answer and the number under way, so that no thread has to keep a
 * list. A closed loop sends nothing while it waits, which is why its percentiles cannot show an
 * outage, however long.
 *
 * An operation that was given up, or got no connection, is not an answer.
 */
export class SilenceWatch {
  readonly #times: Float64Array<SharedArrayBuffer>;
  readonly #underWay: Int32Array<SharedArrayBuffer>;
  readonly #startMs: number;
  readonly #sending: SendingTime;
  readonly #silence = { fromMs: 0, toMs: 0 };

  /** @param startMs start of the measured run, on this thread's clock. */
  constructor(memory: SharedArrayBuffer, startMs: number, sending: SendingTime) {
    this.#times = new Float64Array(memory, 0, slots);
    this.#underWay = new Int32Array(memory, slots * Float64Array.BYTES_PER_ELEMENT, 1);
    this.#startMs = startMs;
    this.#sending = sending;
  }

  /** An operation was sent, or goes on after a pause of the client's own. */
  begin(atMs: number): void {
    // Where the last operation had no answer the silence goes on, although nothing was under way.
    const isFirst = Atomics.add(this.#underWay, 0, 1) === 0 && this.#times[unanswered] === 0;
    if (isFirst) this.#times[busySince] = atMs - this.#startMs;
  }

  /** The client pauses: what it does then is not the target's. */
  pause(): void {
    Atomics.sub(this.#underWay, 0, 1);
  }

  /**
   * An operation ended.
   * @returns the silence until now, in an object that the next call changes.
   */
  end(atMs: number, wasAnswered: boolean): Silence {
    const nowMs = atMs - this.#startMs;
    const waited = Atomics.sub(this.#underWay, 0, 1);
    // When the clients run out of work, one that waits alone is not a silence of the target.
    const untilMs = waited >= crowd ? nowMs : Math.min(nowMs, this.#sending.untilMs);
    this.#silence.fromMs = Math.max(this.#times[lastAnswer]!, this.#times[busySince]!);
    this.#silence.toMs = Math.max(this.#silence.fromMs, untilMs);
    this.#times[unanswered] = wasAnswered ? 0 : 1;
    if (wasAnswered) this.#times[lastAnswer] = Math.max(this.#times[lastAnswer]!, nowMs);
    return this.#silence;
  }
}

/** The longer of two silences; the first where they are as long. */
export function longerSilence(
  one: Silence | undefined,
  other: Silence | undefined,
): Silence | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.toMs - other.fromMs > one.toMs - one.fromMs ? other : one;
}

/**
 * With fewer clients than this one large artifact is a silence; so it is where fewer are still under
 * way after the clients have begun to run out of work.
 */
export const crowd = 5;

const lastAnswer = 0;
/** Since when something has been under way without a break. */
const busySince = 1;
/** Whether the last operation that ended had no answer. */
const unanswered = 2;
const slots = 3;
