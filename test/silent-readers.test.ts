import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpProtocols } from '../src/protocols/index.ts';
import { startInProcess } from '../src/testing/start-in-process.ts';
import { tempDir } from '../src/testing/temp-dir.ts';

/**
 * A client that does not read its answers, or reads them slowly, over every protocol of HTTP and
 * over Redis, whether the answer is made at once or has to wait for the disk. How many bodies the
 * server looked up for it bounds what waits in memory.
 */
const bodyBytes = 2 ** 19;
/** Each is asked for several times: what is not bounded grows far beyond what the kernel holds. */
const bodies = Array.from({ length: 20 }, () => randomBytes(bodyBytes));
const rounds = 3;
const outputBytesMax = 2 ** 20;
/** What the kernel keeps for one connection over the loopback, what may wait, and what is in hand. */
const heldBodiesMax = 24;

const server = await startInProcess(
  { after },
  {
    env: {
      MEMOBUILD_STORE: 'embedded',
      MEMOBUILD_DIR: await tempDir({ after }),
      MEMOBUILD_REDIS_PORT: '0',
      MEMOBUILD_OUTPUT_PER_CONNECTION: String(outputBytesMax),
    },
  },
);

/** How one protocol stores a body and asks for all of them. */
interface Conversation {
  readonly name: string;
  port(): number;
  store(index: number): Buffer;
  get(index: number): string;
}

const http = (name: string, pathOf: (index: number) => string, method = 'PUT'): Conversation => ({
  name,
  port: () => server.port,
  store: (index) =>
    Buffer.concat([
      Buffer.from(
        `${method} ${pathOf(index)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bodyBytes}\r\n\r\n`,
      ),
      bodies[index]!,
    ]),
  get: (index) => `GET ${pathOf(index)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
});

const conversations: readonly Conversation[] = [
  ...httpProtocols.flatMap(({ name, examples }) =>
    examples.map(({ form, prefix, keys: [key], query = '', storeMethod }) =>
      http(
        form === undefined ? name : `${name} (${form})`,
        (index) => `${prefix}/${numbered(key, index)}${query}`,
        storeMethod,
      ),
    ),
  ),
  http(
    'bazel (cas)',
    (index) => `/cas/${createHash('sha256').update(bodies[index]!).digest('hex')}`,
  ),
  {
    name: 'redis',
    port: () => server.otherPorts.redis!,
    store: (index) =>
      Buffer.concat([
        Buffer.from(`*3\r\n$3\r\nSET\r\n$2\r\nk${letter(index)}\r\n$${bodyBytes}\r\n`),
        bodies[index]!,
        Buffer.from('\r\n'),
      ]),
    get: (index) => `*2\r\n$3\r\nGET\r\n$2\r\nk${letter(index)}\r\n`,
  },
];

/** The same key with other digits: each example has a run of them. */
function numbered(key: string, index: number): string {
  const digits = String(10 + index);
  assert.match(key, /[0-9a-f]{8}/);
  return key.replace(/[0-9a-f]{2}(?=[0-9a-f]{6})/, digits);
}

function letter(index: number): string {
  return String.fromCharCode(97 + index);
}

for (const conversation of conversations) {
  test(`${conversation.name}: a silent reader and a slow one are answered as far as they read`, async () => {
    await store(conversation);
    // Nothing of it was read lately, so the first answers are made later; then all are made at once.
    for (const how of ['later', 'at once']) {
      const before = bodiesLookedUp();
      const socket = ask(conversation);
      await settled();
      const silently = bodiesLookedUp() - before;
      assert.ok(silently <= heldBodiesMax, `silent, ${how}: ${silently} bodies`);
      let readBytes = 0;
      socket.on('data', (chunk: Buffer) => {
        readBytes += chunk.byteLength;
        socket.pause();
        setTimeout(() => socket.resume(), 5);
      });
      await sleep(150);
      const slowly = bodiesLookedUp() - before;
      assert.ok(slowly <= heldBodiesMax + readBytes / bodyBytes, `slow, ${how}: ${slowly} bodies`);
      socket.destroy();
      if (how === 'later') assert.equal(await readAll(conversation), rounds * bodies.length);
    }
  });
}

test('one request for many bodies is answered as far as its client reads', async () => {
  const hashes = bodies.map((body) => createHash('sha256').update(body).digest('hex'));
  await store(conversations.find(({ name }) => name === 'bazel (cas)')!);
  const body = JSON.stringify({ space: 'cas', keys: Array(rounds).fill(hashes).flat() });
  const before = bodiesLookedUp();
  const socket = connect(server.port, '127.0.0.1');
  socket.write(
    `POST /api/v1/fetch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await settled();
  const found = bodiesLookedUp() - before;
  assert.ok(found > 0 && found <= heldBodiesMax, `${found} bodies`);
  socket.destroy();
});

async function store(conversation: Conversation): Promise<void> {
  const socket = connect(conversation.port(), '127.0.0.1');
  const tally = new Tally(socket);
  for (const index of bodies.keys()) socket.write(conversation.store(index));
  await tally.reaches(bodies.length);
  socket.destroy();
}

/** Asks for all bodies, again and again, without a look at the answers. */
function ask(conversation: Conversation): Socket {
  const socket = connect(conversation.port(), '127.0.0.1');
  socket.on('error', () => {});
  const once = bodies.map((_, index) => conversation.get(index)).join('');
  socket.write(once.repeat(rounds));
  return socket;
}

/** @returns how many answers came. */
async function readAll(conversation: Conversation): Promise<number> {
  const socket = ask(conversation);
  const tally = new Tally(socket);
  await tally.reaches(rounds * bodies.length);
  socket.destroy();
  return tally.answers;
}

/** Counts good answers as they come. Random bodies have none of their words in practice. */
class Tally {
  answers = 0;
  #first = '';
  #tail = '';

  constructor(socket: Socket) {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (this.#first === '') this.#first = chunk.toString('latin1').slice(0, 300);
      const text = this.#tail + chunk.toString('latin1');
      const heads = [...text.matchAll(/HTTP\/1\.1 20[01] |\+OK\r\n|\$524288\r\n/g)];
      this.answers += heads.length;
      const last = heads.at(-1);
      const after = last === undefined ? 0 : last.index + last[0].length;
      this.#tail = text.slice(Math.max(after, text.length - 12));
    });
  }

  async reaches(count: number): Promise<void> {
    for (let waitedMs = 0; this.answers < count; waitedMs += 5) {
      assert.ok(waitedMs < 30_000, `${this.answers} of ${count} answers came: ${this.#first}`);
      await sleep(5);
    }
  }
}

function bodiesLookedUp(): number {
  return server.server.report().counters.lookups.reduce((sum, { hits }) => sum + hits, 0);
}

/** Waits until the server does no more for those who do not read. */
async function settled(): Promise<void> {
  let last = -1;
  for (let same = 0; same < 3; ) {
    await sleep(40);
    const now = bodiesLookedUp();
    same = now === last ? same + 1 : 0;
    last = now;
  }
}
