import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cache, createCache } from '../../../cache/index.ts';
import { sha256Of, silentLogger } from '../../../core/index.ts';
import { createBazelHttp, reservedMounts } from '../../../protocols/index.ts';
import { createMemoryStore } from '../../../storage/drivers/memory/index.ts';
import { callerOf } from '../../../testing/caller.ts';
import { createAccess } from '../../access/access.ts';
import { openToAll } from '../../access/auth.ts';
import type { Listener } from '../../listener/listener.ts';
import { OutputBudget } from '../../listener/output-budget.ts';
import { Telemetry } from '../../telemetry/telemetry.ts';
import { BrowserGuard } from '../browser-guard.ts';
import { createFastPathHost } from '../fast-path-host.ts';
import { createRequestHandler } from '../handle-request.ts';
import { createHttpListener } from '../listen-http.ts';
import { createRouter } from '../router.ts';

/**
 * The same bytes go to a server with the fast path and to one without: clients must not see a
 * difference.
 */
const limits = {
  headerBytesMax: 16_384,
  headersTimeoutMs: 10_000,
  keepAliveTimeoutMs: 10_000,
  bodyIdleTimeoutMs: 10_000,
  bodyBytesPerSecMin: 1000,
  connectionsMax: 1000,
};
const small = Buffer.from('a small body');
const large = Buffer.alloc(3 * 2 ** 20, 'large');
const names = { small: sha256Of(small), large: sha256Of(large), absent: sha256Of('absent') };

interface Server {
  readonly listener: Listener;
  readonly cache: Cache;
  readonly telemetry: Telemetry;
  readonly lifecycle: { draining: boolean };
  readonly port: number;
}
let fast: Server;
let full: Server;

before(async () => {
  fast = await startServer({ withFastPath: true });
  full = await startServer({ withFastPath: false });
});

after(() => {
  for (const { listener } of [fast, full]) {
    listener.stopAccepting();
    listener.closeAll();
  }
});

const host = 'Host: cache\r\n';
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\n${host}${headers}\r\n`;
const put = (path: string, body: string, headers = ''): string =>
  `PUT ${path} HTTP/1.1\r\n${host}${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const stored = 'stored by this test';

/** Conversations, one after another. Within one, Node's server may work on pipelined requests at the same time. */
const exchanges: Record<string, readonly string[]> = {
  'a hit': [get(`/cas/${names.small}`)],
  'a miss': [get(`/cas/${names.absent}`)],
  'a large hit': [get(`/cas/${names.large}`)],
  'HEAD of a hit': [get(`/cas/${names.small}`).replace('GET', 'HEAD')],
  'HEAD of a miss': [get(`/ac/${names.small}`).replace('GET', 'HEAD')],
  'a write and its read': [
    put(`/cas/${sha256Of(stored)}`, stored),
    get(`/cas/${sha256Of(stored)}`),
  ],
  'an action result in an instance': [
    put(`/team/x/ac/${names.absent}`, 'r'),
    get(`/team/x/ac/${names.absent}`),
  ],
  'a wrong digest': [put(`/cas/${names.absent}`, 'not that')],
  'an empty write': [put(`/ac/${names.large}`, '')],
  'close asked for': [
    get(`/cas/${names.small}`, 'Connection: close\r\n') + get(`/cas/${names.small}`),
  ],
  pipelined: [get(`/cas/${names.small}`).repeat(20) + get(`/cas/${names.absent}`).repeat(3)],
  'a large hit in the middle': [
    get(`/cas/${names.small}`) + get(`/cas/${names.large}`) + get(`/cas/${names.small}`),
  ],
  'a range among plain ones': [
    get(`/cas/${names.small}`) +
      get(`/cas/${names.small}`, 'Range: bytes=2-4\r\n') +
      get(`/cas/${names.small}`),
  ],
  'conditions among plain requests': [
    get(`/cas/${names.small}`) +
      get(`/cas/${names.small}`, `If-None-Match: "${names.small}"\r\n`) +
      get(`/cas/${names.small}`, 'If-Match: "other"\r\n') +
      get(`/cas/${names.small}`, 'If-Range: "other"\r\nRange: bytes=2-4\r\n') +
      get(`/cas/${names.small}`),
  ],
  'a slash at the end': [get(`/cas/${names.small}/`) + get(`/cas/${names.small}`)],
  'a browser for another site': [
    get(`/cas/${names.small}`, 'Origin: http://evil.example\r\n') +
      get(`/cas/${names.small}`, 'Sec-Fetch-Site: cross-site\r\n') +
      get(`/cas/${names.small}`),
  ],
  'a chunked write': [
    `PUT /ac/${names.small} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    get(`/ac/${names.small}`),
  ],
  'both framings at once (smuggling)': [
    `PUT /ac/${names.small} HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get(`/cas/${names.small}`)}`,
  ],
  'two lengths (smuggling)': [
    `PUT /ac/${names.small} HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 40\r\n\r\nabc${get(`/cas/${names.small}`)}`,
  ],
  'a body on GET': [
    `${get(`/cas/${names.small}`, 'Content-Length: 3\r\n')}abc${get(`/cas/${names.absent}`)}`,
  ],
  'an odd key': [get('/cas/abc')],
  'a path trick': [get(`/../cas/${names.small}`)],
  'an unknown path': [get('/nothing')],
  'another method': [get(`/cas/${names.small}`).replace('GET', 'PATCH')],
  'a delete': [
    put(`/ac/${names.absent}`, 'x'),
    get(`/ac/${names.absent}`).replace('GET', 'DELETE'),
    get(`/ac/${names.absent}`),
  ],
  'no HTTP at all': ['hello there\r\n\r\n'],
  'HTTP/1.0': [get(`/cas/${names.small}`).replace('1.1', '1.0')],
  'no Host': [get(`/cas/${names.small}`).replace(host, '')],
}; // prettier-ignore

for (const [name, texts] of Object.entries(exchanges)) {
  test(`answers as the full server does: ${name}`, async () => {
    for (const text of texts) {
      const pieces = [Buffer.from(text, 'latin1')];
      assert.deepEqual(await converse(fast, pieces), await converse(full, pieces));
    }
  });
}

test('answers the same however the bytes are split', async () => {
  const text = put(`/ac/${names.large}`, stored) + get(`/cas/${names.small}`, 'Accept: */*\r\n');
  const bytes = Buffer.from(text, 'latin1');
  const expected = await converse(full, [bytes]);
  for (let at = 1; at < bytes.length; at += 1) {
    const answer = await converse(fast, [bytes.subarray(0, at), bytes.subarray(at)]);
    assert.deepEqual(answer, expected, `split at ${at}`);
  }
});

test('answers random mixtures of requests in random pieces the same', async () => {
  const random = seeded(7);
  const pick = (texts: readonly string[]): string =>
    texts[Math.floor(random() * texts.length)] as string;
  // Single conversations: what the others store, the next round would find.
  const texts = Object.values(exchanges)
    .filter((conversations) => conversations.length === 1)
    .flat()
    .filter((text) => !text.includes(names.large));
  const ordinary = texts.filter((text) => !endsTheConnection.test(text));
  const last = texts.filter((text) => endsTheConnection.test(text));
  for (let round = 0; round < 150; round += 1) {
    const text = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(ordinary)).join(
      '',
    );
    const end = random() < 0.3 ? pick(last) : '';
    const bytes = Buffer.from(text + end, 'latin1');
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + Math.floor(random() * random() * bytes.length);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    const answers = await converse(fast, pieces);
    const expected = await converse(full, [bytes]);
    // Node parses pipelined requests ahead: one that ends the connection cuts the answers before it
    // short, in either server, and a refusal may take the place of the last.
    const sure = Math.max(0, Math.min(answers.length, expected.length) - 1);
    if (end === '') assert.deepEqual(answers, expected, `round ${round}: ${text}`);
    else
      assert.deepEqual(answers.slice(0, sure), expected.slice(0, sure), `round ${round}: ${text}`);
  }
});

const endsTheConnection =
  /Connection: close|hello there|HTTP\/1\.0|Content-Length: 40|Content-Length: 3\r\nTransfer|HTTP\/1\.1\r\n\r\n/;

test('serves hot requests itself: nothing of them reaches the full server', async () => {
  const server = await startServer({ withFastPath: true, fullServerRefuses: true });
  try {
    const hot =
      put(`/cas/${sha256Of(stored)}`, stored) +
      get(`/cas/${sha256Of(stored)}`) +
      get(`/ac/${names.absent}`);
    const answer = await converse(server, [Buffer.from(hot)]);
    assert.deepEqual(statuses(answer), [200, 200, 404, 503]);
    assert.deepEqual(statuses(await converse(server, [Buffer.from(get('/nothing'))])), [503, 503]);
  } finally {
    server.listener.stopAccepting();
    server.listener.closeAll();
  }
});

test('keeps the bytes of an answer that a slow client has not taken, whatever others ask for', async () => {
  const bodies = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, `body ${index} `));
  const signal = AbortSignal.timeout(10_000);
  for (const body of bodies) {
    await fast.cache.put({ space: 'cas', hash: sha256Of(body) }, callerOf(), body, { signal });
  }
  const requests = bodies.map((body) => get(`/cas/${sha256Of(body)}`));
  // Nobody listens for its data, so its answers, 20 MB, fill what the kernel holds.
  const slow = connect({ port: fast.port, host: '127.0.0.1' });
  const rounds = 20;
  slow.write(requests.join('').repeat(rounds));
  for (let round = 0; round < 5; round += 1) {
    const others = await converse(fast, [Buffer.from(requests.join(''))]);
    assert.equal(others.length, bodies.length + 1);
  }
  const answers = collect(slow);
  slow.write(get('/farewell', 'Connection: close\r\n'));
  await answers.closed;
  const found = readAnswers(answers.text()).map((answer) => answer.split('\n').at(-1));
  assert.equal(found.length, rounds * bodies.length + 1);
  for (const [index, sha256] of found.slice(0, -1).entries()) {
    assert.equal(sha256, sha256Of(bodies[index % bodies.length]!), `answer ${index}`);
  }
});

test('counts its requests, and ends those whose client left in the middle of a body', async () => {
  const before = fast.telemetry.requestsInFlight;
  const socket = connect(fast.port, '127.0.0.1');
  socket.write(put(`/ac/${names.small}`, 'x'.repeat(1000)).slice(0, 300));
  await until(() => fast.telemetry.requestsInFlight === before + 1);
  socket.destroy();
  await until(() => fast.telemetry.requestsInFlight === before);
  const counted = fast.telemetry.counters([]).requests;
  assert.ok(counted.some(({ status, count }) => status === 499 && count === 1));
  assert.ok(
    counted.some(({ route, status, count }) => route === 'cas' && status === 200 && count > 20),
  );
});

test('announces the end of the connection while draining, after the answer in hand', async () => {
  const server = await startServer({ withFastPath: true });
  const socket = connect(server.port, '127.0.0.1');
  const answers = collect(socket);
  socket.write(get(`/cas/${names.small}`));
  await until(() => answers.text().includes(small.toString()));
  assert.ok(!answers.text().includes('Connection: close'));
  server.lifecycle.draining = true;
  server.listener.stopAccepting();
  socket.write(get(`/cas/${names.small}`));
  await answers.closed;
  assert.match(answers.text(), /Connection: close/);
  assert.equal(answers.text().split(small.toString()).length, 3);
  await server.listener.drained();
});

async function startServer(options: {
  withFastPath: boolean;
  fullServerRefuses?: boolean;
}): Promise<Server> {
  const cache = createCache({ store: createMemoryStore({ maxBytes: 2 ** 28 }) });
  const { signal } = new AbortController();
  for (const body of [small, large]) {
    await cache.put({ space: 'cas', hash: sha256Of(body) }, callerOf(), body, { signal });
  }
  const telemetry = new Telemetry();
  const lifecycle = { draining: false };
  const access = createAccess({ authenticator: openToAll, readOnly: false });
  const output = new OutputBudget({
    outputPerConnectionBytesMax: 2 ** 20,
    outputPerProcessBytesMax: 2 ** 28,
  });
  const guard = new BrowserGuard(undefined);
  const surroundings = {
    cache,
    access,
    telemetry,
    lifecycle,
    logger: silentLogger,
    output,
    guard,
    headerBytesMax: limits.headerBytesMax,
    onAccess: undefined,
  };
  const handler = createRequestHandler({
    ...surroundings,
    router: createRouter([
      createBazelHttp({ cache, blobBytesMax: 2 ** 30, reserved: reservedMounts }),
    ]),
    limits: {
      ...limits,
      responseIdleTimeoutMs: 10_000,
      leftoverBytesPerSecMin: 1024,
      leftoverTimeoutMs: 1000,
    },
    logger: silentLogger,
  });
  const listener = createHttpListener({
    handler: options.fullServerRefuses
      ? (_request, response) => response.writeHead(503, { 'content-length': 0 }).end()
      : handler,
    telemetry,
    output,
    limits,
    tls: null,
    fastPath: options.withFastPath ? createFastPathHost(surroundings) : undefined,
  });
  const port = await listener.listen({ host: '127.0.0.1', port: 0 });
  return { listener, cache, telemetry, lifecycle, port };
}

/** Sends the pieces one by one and a request to close, and gives all that came back until the end. */
async function converse({ port }: Server, pieces: readonly Buffer[]): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const answers = collect(socket);
  const farewell = Buffer.from(get('/farewell', 'Connection: close\r\n'));
  for (const [index, piece] of [...pieces, farewell].entries()) {
    // A turn of the event loop between pieces, so that they arrive apart.
    if (index > 0) await sleep(1);
    if (!socket.writable) break;
    socket.write(piece);
  }
  await answers.closed;
  return readAnswers(answers.text());
}

function collect(socket: import('node:net').Socket): { text(): string; closed: Promise<void> } {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return { text: () => Buffer.concat(chunks).toString('latin1'), closed };
}

/**
 * Status, telling headers and body of each answer. Headers that only concern the connection's
 * future are left out.
 */
function readAnswers(text: string): string[] {
  const answers: string[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    assert.notEqual(end, -1, `an answer without an end: ${JSON.stringify(rest.slice(0, 200))}`);
    const [status, ...headers] = rest.slice(0, end).split('\r\n');
    const kept = headers
      .map((header) => header.toLowerCase())
      .filter((header) => !/^(date|connection|keep-alive):/.test(header))
      .sort();
    const length = Number(/^content-length: (\d+)/im.exec(rest.slice(0, end))?.[1] ?? 0);
    // HEAD's answer has a length and no body: what follows is the next status line or nothing.
    const bodied = !rest.startsWith('HTTP/1.1 ', end + 4) && rest.length > end + 4;
    const body = bodied ? rest.slice(end + 4, end + 4 + length) : '';
    answers.push([status, ...kept, body.length > 100 ? sha256Of(body) : body].join('\n'));
    rest = rest.slice(end + 4 + (bodied ? length : 0));
  }
  return answers;
}

function statuses(answers: readonly string[]): number[] {
  return answers.map((answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]));
}

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    assert.ok(waitedMs < 10_000, 'the condition never came true');
    await sleep(5);
  }
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
