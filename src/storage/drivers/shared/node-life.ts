import { setMaxListeners } from 'node:events';
import { type Logger, messageOf } from '../../../core/index.ts';
import { deleteGarbage } from './object-garbage.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import type { RedisCalls } from './redis/redis-calls.ts';
import { listOf, textOf } from './redis/redis-connection.ts';
import { readServerState } from './redis/server-state.ts';
import { abandon } from './reservation.ts';
import { careScript, leaveScript, sweepDueScript, underWayMsMax } from './scripts/care.ts';
import type { SharedIndex } from './shared-index.ts';
import { deleteObjects, strayObjects } from './stray-objects.ts';

/** What a {@link NodeLife} works with. */
export interface NodeLifeOptions {
  readonly index: SharedIndex;
  readonly calls: RedisCalls;
  readonly objects: ObjectCalls | undefined;
  /** How long an object stays after its entry. */
  readonly graceMs: number;
  readonly node: string;
  readonly logger: Logger;
}

/**
 * What a node does by the clock: it shows that it lives, looks how much memory Redis may use, and as
 * the keeper, which one of the nodes is, gives up what dead nodes had under way and deletes objects
 * without an entry: those that are known to be garbage soon, and those that nobody knows once a week.
 */
export class NodeLife {
  readonly #options: NodeLifeOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #abandoned = new Set<string>();
  #beat: Promise<void> | undefined;
  #sweep: Promise<void> | undefined;
  readonly #end = new AbortController();

  constructor(options: NodeLifeOptions) {
    this.#options = options;
    // Many requests at once listen.
    setMaxListeners(0, this.#end.signal);
    this.#timer = setInterval(
      () => this.#beatNow(),
      Math.min(beatIntervalMs, Math.max(10, options.graceMs)),
    );
    this.#timer.unref();
    this.#beatNow();
  }

  /** Gives up a body under way once Redis answers again. */
  abandonLater(generation: string): void {
    this.#abandoned.add(generation);
  }

  /** Takes this node from the list of those that live. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#end.abort();
    await this.#beat;
    await this.#sweep;
    const { index, node } = this.#options;
    // What stays behind otherwise ends by itself.
    await index.run(leaveScript, [node]).catch(() => {});
  }

  #beatNow(): void {
    this.#beat ??= this.#live()
      .catch((error: unknown) => {
        this.#options.logger.debug({ error: messageOf(error) }, 'no sign of life could be given');
      })
      .finally(() => {
        this.#beat = undefined;
      });
  }

  async #live(): Promise<void> {
    const { index, calls, objects, node, graceMs, logger } = this.#options;
    const state = await readServerState(calls);
    index.limitRedisBytes(Math.floor((state?.maxMemoryBytes ?? 0) * memoryShare));
    for (const generation of this.#abandoned) {
      await abandon(index, Buffer.from(generation, 'hex'), true);
      this.#abandoned.delete(generation);
    }
    let cursor = '0';
    do {
      const reply = await index.run(careScript, [node, cursor]);
      const [isKeeper, next, givenUp] = listOf(reply);
      cursor = isKeeper === 1 ? textOf(next) : '0';
      const bodies = Number(textOf(givenUp));
      if (bodies > 0) {
        logger.warn({ bodies }, 'gave up bodies that dead nodes had under way');
      }
    } while (cursor !== '0');
    if (objects === undefined) return;
    await deleteGarbage(index, objects, { node, graceMs });
    // It takes long, and signs of life go on meanwhile.
    this.#sweep ??= this.#sweepWhenDue(objects).finally(() => {
      this.#sweep = undefined;
    });
  }

  /** Deletes objects that nobody knows: rarely, since it looks at all of them. */
  async #sweepWhenDue(objects: ObjectCalls): Promise<void> {
    const { index, node, logger } = this.#options;
    const { signal } = this.#end;
    let deleted = 0;
    try {
      if ((await index.run(sweepDueScript, [node, String(sweepIntervalMs)])) !== 1) return;
      const options = { index, objects, olderThanMs: underWayMsMax, atOnce: 16, signal };
      for await (const stray of strayObjects(options)) {
        await deleteObjects(objects, stray, signal);
        deleted += stray.length;
      }
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'not all objects could be looked at');
    }
    if (deleted > 0) logger.warn({ objects: deleted }, 'deleted objects that had no entry');
  }
}

/** A third of the time after which a silent node is taken to be gone, and less. */
const beatIntervalMs = 10_000;
const sweepIntervalMs = 7 * underWayMsMax;
/** Entries take up to this share of what Redis may use; the rest is for its buffers, and for what costs are off by. */
const memoryShare = 0.8;
