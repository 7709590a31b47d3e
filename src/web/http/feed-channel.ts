import type { FeedUpdate } from './event-stream.ts';

/** Receives the events of a feed. */
export class FeedChannel {
  readonly #listeners = new Set<(update: FeedUpdate) => void>();

  subscribe(listener: (update: FeedUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(update: FeedUpdate): void {
    for (const listener of this.#listeners) listener(update);
  }
}
