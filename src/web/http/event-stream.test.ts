import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cleanup } from '../../testing/cleanup.ts';
import { EventStream, type EventStreamLimits, type FeedUpdate } from './event-stream.ts';
import { FeedChannel } from './feed-channel.ts';

const limits: EventStreamLimits = {
  clientsMax: 2,
  heartbeatMs: 20,
  stalledMsMax: 60_000,
  bufferedBytesMax: 64 * 1024,
};

test('a page gets the whole first, then what changes, then the end', async (t) => {
  const { feed, stream, open } = await serve(t, limits);
  feed.set(1);
  const reader = await open();
  feed.set(2);
  await reader.until(({ name, data }) => name === 'patch' && value(data) === 2);
  await stream.close();
  await reader.until(({ name }) => name === 'end');
  const events = reader.events.filter(({ name }) => name !== 'beat');
  assert.deepEqual(
    events.map(({ name, data }) => [name, value(data)]),
    [
      ['snapshot', 1],
      ['patch', 2],
      ['end', undefined],
    ],
  );
  assert.ok(Number(events[1]!.id) > Number(events[0]!.id), 'ids rise');
});

test('beats come while nothing changes', async (t) => {
  const { open } = await serve(t, limits);
  const reader = await open();
  const beats = (): number => reader.events.filter(({ name }) => name === 'beat').length;
  await reader.until(() => beats() >= 2);
  assert.ok(beats() >= 2);
});

test('more pages than the bound are refused, and taken when one has left', async (t) => {
  const { open, stream } = await serve(t, limits);
  const first = await open();
  await open();
  const refused = await open();
  assert.equal(refused.status, 503);
  assert.equal(stream.clients, 2);
  first.response.destroy();
  while (stream.clients > 1) await delay(5);
  assert.equal((await open()).status, 200);
});

test('little is held for a stalled reader, which gets the newest state when it resumes', async (t) => {
  const { feed, open, responses } = await serve(t, limits);
  const reader = await open();
  await reader.until(() => reader.events.length > 0);
  reader.response.pause();
  const padding = 'x'.repeat(16 * 1024);
  let heldMost = 0;
  const patches = 3_000;
  for (let n = 1; n <= patches; n += 1) {
    feed.set(n, padding);
    heldMost = Math.max(heldMost, responses[0]!.writableLength);
    if (n % 100 === 0) await delay(1);
  }
  // One event past the bound may be written before it is noticed.
  assert.ok(heldMost < limits.bufferedBytesMax + 64 * 1024, `${heldMost} bytes were held`);
  reader.response.resume();
  await reader.until(({ data, name }) => name === 'snapshot' && value(data) === patches);
  const seen = reader.events.filter(({ name }) => name === 'patch').length;
  assert.ok(seen < patches, 'patches were left out');
  feed.set(patches + 1);
  await reader.until(({ name, data }) => name === 'patch' && value(data) === patches + 1);
});

test('a reader that stalls for too long is cut off', async (t) => {
  const { feed, open, stream } = await serve(t, { ...limits, stalledMsMax: 50 });
  const reader = await open();
  reader.response.pause();
  const padding = 'x'.repeat(64 * 1024);
  // What the system takes for it is no longer ours: it must be offered more than that.
  for (let n = 1; stream.clients > 0; n += 1) {
    feed.set(n, padding);
    await delay(1);
  }
  assert.equal(stream.clients, 0);
});

/** A feed whose whole is one number. */
class NumberFeed extends FeedChannel {
  #value = 0;

  set(next: number, padding = ''): void {
    this.#value = next;
    this.publish({ kind: 'patch', data: { value: next, padding } } satisfies FeedUpdate);
  }

  snapshot(): unknown {
    return { value: this.#value };
  }
}

async function serve(t: Cleanup, streamLimits: EventStreamLimits) {
  const feed = new NumberFeed();
  const stream = new EventStream(feed, streamLimits);
  const responses: ServerResponse[] = [];
  const server = createServer((_, response) => {
    responses.push(response);
    if (!stream.open(response)) response.writeHead(503).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await stream.close();
  });
  const { port } = server.address() as AddressInfo;
  return { feed, stream, responses, open: () => Reader.open(t, port) };
}

interface ReceivedEvent {
  readonly name: string;
  readonly id: string;
  readonly data: string;
}

class Reader {
  readonly events: ReceivedEvent[] = [];
  readonly response: IncomingMessage;
  #text = '';
  #wake: (() => void) | undefined;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      const blocks = this.#text.split('\n\n');
      this.#text = blocks.pop()!;
      for (const block of blocks) {
        const field = (name: string): string =>
          new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
        if (field('event') === '') continue;
        this.events.push({ name: field('event'), id: field('id'), data: field('data') });
      }
      this.#wake?.();
    });
    response.on('error', () => {});
  }

  static async open(t: Cleanup, port: number): Promise<Reader> {
    const request = get({ port, host: '127.0.0.1', agent: false });
    request.on('error', () => {});
    t.after(() => {
      request.destroy();
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new Reader(response);
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  async until(found: (event: ReceivedEvent) => boolean): Promise<void> {
    while (!this.events.some(found)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function value(data: string): number | undefined {
  return (JSON.parse(data) as { value?: number }).value;
}
