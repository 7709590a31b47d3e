import type { ServerResponse } from 'node:http';

/** What a page is fed from. */
export interface Feed {
  /** All there is so far: what a page needs that has just been opened, or missed something. */
  snapshot(): unknown;
  /** Calls back with what changed; returns how to stop. */
  subscribe(listener: (update: FeedUpdate) => void): () => void;
}

/**
 * `patch`: of use to those who have all before it. `snapshot`: every reader gets the whole state.
 */
export type FeedUpdate =
  | { readonly kind: 'patch'; readonly data: unknown }
  | { readonly kind: 'snapshot' };

export interface EventStreamLimits {
  readonly clientsMax: number;
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long is cut off. */
  readonly stalledMsMax: number;
  /** What the system may hold for one reader before it counts as slow. */
  readonly bufferedBytesMax: number;
}

export const defaultEventStreamLimits: EventStreamLimits = {
  clientsMax: 32,
  heartbeatMs: 5_000,
  stalledMsMax: 30_000,
  bufferedBytesMax: 1024 * 1024,
};

/**
 * Sends a feed to any number of pages as server-sent events, up to a bound. Nothing is queued for a
 * slow reader: it misses patches, and gets the whole as it then is when it has caught up.
 */
export class EventStream {
  readonly #feed: Feed;
  readonly #limits: EventStreamLimits;
  readonly #clients = new Set<Client>();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #lastId = 0;

  constructor(feed: Feed, limits: EventStreamLimits = defaultEventStreamLimits) {
    this.#feed = feed;
    this.#limits = limits;
    this.#unsubscribe = feed.subscribe((update) => this.#publish(update));
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs);
    this.#heartbeat.unref();
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Answers a request with the stream. False: there are too many readers; nothing was answered. */
  open(response: ServerResponse): boolean {
    if (this.#clients.size >= this.#limits.clientsMax) return false;
    const client: Client = { response, behind: true, waitingSinceMs: undefined };
    this.#clients.add(client);
    response.once('close', () => this.#clients.delete(client));
    response.on('error', () => response.destroy());
    response.on('drain', () => {
      if (client.behind) this.#sendSnapshot(client);
    });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    response.write(`retry: ${retryMs}\n\n`);
    this.#sendSnapshot(client);
    return true;
  }

  /** Announces to every page that nothing more will come, and ends the streams. */
  async close(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    const text = this.#event('end', {});
    const ends = [...this.#clients].map(
      ({ response }) =>
        new Promise<void>((resolve) => {
          response.once('close', resolve);
          response.end(text);
          // A reader that does not read to the end is not waited for.
          setTimeout(() => response.destroy(), endMsMax).unref();
        }),
    );
    await Promise.all(ends);
  }

  #publish(update: FeedUpdate): void {
    if (this.#clients.size === 0) return;
    this.#lastId += 1;
    const patch = update.kind === 'patch' ? this.#event('patch', update.data) : undefined;
    let whole: string | undefined;
    for (const client of this.#clients) {
      if (this.#isFull(client)) client.behind = true;
      else if (patch !== undefined && !client.behind) this.#send(client, patch);
      else {
        whole ??= this.#event('snapshot', this.#feed.snapshot());
        client.behind = false;
        this.#send(client, whole);
      }
    }
  }

  #sendSnapshot(client: Client): void {
    client.behind = false;
    this.#send(client, this.#event('snapshot', this.#feed.snapshot()));
  }

  #send({ response }: Client, text: string): void {
    response.write(text);
  }

  #isFull({ response }: Client): boolean {
    return response.writableLength > this.#limits.bufferedBytesMax;
  }

  #event(name: string, data: unknown): string {
    return `id: ${this.#lastId}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #beat(): void {
    const now = performance.now();
    for (const client of this.#clients) {
      const { response } = client;
      if (response.writableLength === 0) {
        client.waitingSinceMs = undefined;
        // An event and not a comment, so that a page notices when they stay away.
        this.#send(client, 'event: beat\ndata: \n\n');
        continue;
      }
      client.waitingSinceMs ??= now;
      if (now - client.waitingSinceMs > this.#limits.stalledMsMax) response.destroy();
    }
  }
}

interface Client {
  readonly response: ServerResponse;
  /** It missed a patch, and needs the whole. */
  behind: boolean;
  /** Since when each beat found something that it had not taken. */
  waitingSinceMs: number | undefined;
}

/** How long a page waits before it asks again. */
const retryMs = 1_000;
const endMsMax = 1_000;
