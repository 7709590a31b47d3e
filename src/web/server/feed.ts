import { randomUUID } from 'node:crypto';
import { memobuildVersion } from '../../core/index.ts';
import type { Feed, FeedUpdate } from '../http/event-stream.ts';
import { FeedChannel } from '../http/feed-channel.ts';
import type { Point } from '../shared/points.ts';
import { serverNow, serverPoint } from './figures.ts';
import type { ServerNow, ServerPage, ServerSample } from './state.ts';

/** Asks a server for its figures. */
export type ServerSource = () => Promise<ServerSample>;

/** Follows a server for its page: a sample every two seconds, and the half hour past. */
export class ServerFeed implements Feed {
  readonly #source: ServerSource;
  readonly #everyMs: number;
  readonly #channel = new FeedChannel();
  readonly #instance = randomUUID();
  readonly #points: Point[] = [];
  /** The samples of the last minute, oldest first. */
  #samples: ServerSample[] = [];
  #now: ServerNow | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(source: ServerSource, everyMs = 2_000) {
    this.#source = source;
    this.#everyMs = everyMs;
  }

  start(): void {
    if (this.#stopped) return;
    const again = (): void => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.start(), this.#everyMs);
      // A server that has nothing else to do may end.
      this.#timer.unref();
    };
    // One that did not answer is asked again: the page shows a gap.
    this.#source()
      .then((sample) => this.#take(sample))
      .then(again, again);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  snapshot(): ServerPage {
    return {
      kind: 'server',
      instance: this.#instance,
      version: memobuildVersion,
      points: this.#points,
      now: this.#now,
    };
  }

  subscribe(listener: (update: FeedUpdate) => void): () => void {
    return this.#channel.subscribe(listener);
  }

  #take(sample: ServerSample): void {
    const before = this.#samples.at(-1) ?? sample;
    this.#samples.push(sample);
    this.#samples = this.#samples.filter(({ atMs }) => atMs >= sample.atMs - minuteMs);
    this.#now = serverNow(this.#samples[0]!, before, sample);
    const point = before === sample ? undefined : serverPoint(before, sample);
    if (point !== undefined) {
      this.#points.push(point);
      if (this.#points.length > pointsMax) this.#points.shift();
    }
    this.#channel.publish({ kind: 'patch', data: { now: this.#now, point } });
  }
}

/** Half an hour. */
const pointsMax = 900;
const minuteMs = 61_000;
