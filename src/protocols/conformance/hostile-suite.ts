import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { StartSuiteServer, SuiteServer } from './under-test.ts';

/** The path of an entry of one protocol, which does not exist. */
export interface HostileTarget {
  readonly name: string;
  readonly path: string;
}

/**
 * Requests that no tool sends. Each must get a clear answer, or a closed connection where nothing
 * can be answered; none may store anything, or keep the next client from being served.
 */
export function describeHostility({ name, path }: HostileTarget, start: StartSuiteServer): void {
  test(`${name}: requests that no tool sends are refused and store nothing`, async (t) => {
    const server = await start(t);
    for (const [what, { request, statuses }] of Object.entries(hostileRequests(path))) {
      await t.test(what, { timeout: 20_000 }, async () => {
        const answer = await sendRaw(server.port, request, 'then leave');
        const status = statusOf(answer);
        assert.ok(
          statuses.includes(status),
          `expected ${statuses.join(' or ')}, got ${status}: ${answer.slice(0, 300)}`,
        );
        assert.equal(await server.entries(), 0, 'something was stored');
        await assertServes(server);
      });
    }
  });
}

/** The outcome of a connection that ended without an answer. */
const closed = 0;

interface HostileRequest {
  readonly request: string | Buffer;
  readonly statuses: readonly number[];
}

type HostileRequests = Readonly<Record<string, HostileRequest>>;

function hostileRequests(path: string): HostileRequests {
  return { ...hostileFramings(path), ...hostilePaths(path), ...hostileHeads(path) };
}

function put(at: string, head: string, body = 'hello'): string {
  return `PUT ${at} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${head}\r\n${body}`;
}

function plainPut(at: string): string {
  return put(at, 'Content-Length: 5\r\n');
}

function hostileFramings(path: string): HostileRequests {
  return {
    'a body shorter than announced': {
      request: put(path, 'Content-Length: 100\r\n'),
      statuses: [closed, 400, 403, 408, 503],
    },
    'a chunked body that does not end': {
      request: put(path, 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'),
      statuses: [closed, 400, 403, 408, 503],
    },
    'a chunk of no number': {
      request: put(path, 'Transfer-Encoding: chunked\r\n', 'zz\r\nhello\r\n0\r\n\r\n'),
      statuses: [closed, 400],
    },
    'an absurd length': {
      request: put(path, `Content-Length: ${'9'.repeat(40)}\r\n`),
      statuses: [400, 403, 413, 503],
    },
    'a length over every limit': {
      request: put(path, `Content-Length: ${2 ** 52}\r\n`),
      statuses: [400, 403, 413, 503],
    },
    'a negative length': { request: put(path, 'Content-Length: -5\r\n'), statuses: [400] },
    'two lengths': {
      request: put(path, 'Content-Length: 5\r\nContent-Length: 6\r\n'),
      statuses: [400],
    },
    'a length and chunks': {
      request: put(path, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      statuses: [400],
    },
    'a head too large': {
      request: put(path, `X-Large: ${'a'.repeat(100_000)}\r\nContent-Length: 5\r\n`),
      statuses: [431],
    },
  };
}

function hostilePaths(path: string): HostileRequests {
  const [plain = '', query] = path.split('?');
  const withQuery = query === undefined ? '' : `?${query}`;
  const parent = plain.slice(0, plain.lastIndexOf('/'));
  const refusedPath = [400, 404, 405];
  return {
    'a path too long': {
      request: plainPut(`${parent}/${'a'.repeat(9000)}`),
      statuses: [400, 404, 414, 431],
    },
    'bytes that are not UTF-8, encoded': {
      request: plainPut(`${parent}/%ff%fe%80${withQuery}`),
      statuses: refusedPath,
    },
    'bytes that are not UTF-8, bare': {
      request: Buffer.concat([
        Buffer.from(`PUT ${parent}/`),
        Buffer.of(0xff, 0xfe, 0x80),
        Buffer.from(
          ' HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
        ),
      ]),
      statuses: refusedPath,
    },
    'half an escape': { request: plainPut(`${parent}/%f${withQuery}`), statuses: refusedPath },
    'a path that climbs': {
      request: plainPut(`${parent}/../../../../etc/passwd${withQuery}`),
      statuses: refusedPath,
    },
    'a path that climbs, encoded': {
      request: plainPut(`${parent}/%2e%2e/%2e%2e/etc/passwd${withQuery}`),
      statuses: refusedPath,
    },
    'a path that climbs within a segment': {
      request: plainPut(`${parent}/..%2f..%2fetc%2fpasswd${withQuery}`),
      statuses: refusedPath,
    },
    'a dot for a segment': { request: plainPut(`${parent}/./${withQuery}`), statuses: refusedPath },
    'a backslash': { request: plainPut(`${parent}/..\\..\\x${withQuery}`), statuses: refusedPath },
    'a NUL, encoded': { request: plainPut(`${path}%00`), statuses: refusedPath },
    'a line break, encoded': {
      request: plainPut(`${parent}/a%0d%0aX-Evil:%201${withQuery}`),
      statuses: refusedPath,
    },
  };
}

function hostileHeads(path: string): HostileRequests {
  return {
    'an encoding of the content': {
      request: put(path, 'Content-Length: 5\r\nContent-Encoding: gzip\r\n'),
      statuses: [400, 403, 415, 503],
    },
    'a part of a body': {
      request: put(path, 'Content-Length: 5\r\nContent-Range: bytes 0-4/10\r\n'),
      statuses: [400, 403, 503],
    },
    'a method nobody knows': {
      request: plainPut(path).replace('PUT', 'BREW'),
      statuses: [400, 405, 501],
    },
    'a method that is not of this protocol': {
      request: plainPut(path).replace('PUT', 'REPORT'),
      statuses: [400, 404, 405],
    },
    'HTTP of another age': {
      request: plainPut(path).replace('HTTP/1.1', 'HTTP/3.7'),
      statuses: [400, 505],
    },
    'no HTTP at all': {
      request: '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n',
      statuses: [400, closed],
    },
    'a Redis command': { request: '*1\r\n$4\r\nPING\r\n\r\n', statuses: [400, closed] },
  };
}

/**
 * Sends bytes, disconnects if asked to, as a client does that breaks off, and returns all that came
 * until the connection's end.
 */
export function sendRaw(
  port: number,
  request: string | Buffer,
  then: 'then leave' | 'then wait' = 'then wait',
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    if (then === 'then leave') socket.end(request);
    else socket.write(request);
  });
}

/** The status of the first final answer. */
export function statusOf(answer: string): number {
  return Number(/(?:^|\r\n\r\n)HTTP\/1\.[01] ([2-5]\d\d)/.exec(answer)?.[1] ?? closed);
}

async function assertServes(server: SuiteServer): Promise<void> {
  const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  assert.equal(statusOf(await sendRaw(server.port, request)), 200, 'the server serves no more');
}

/** Requests that are odd and right: HTTP/1.0, and several at once on one connection. */
export function describeOddRequests({ name, path }: HostileTarget, start: StartSuiteServer): void {
  const put = `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello`;
  const get = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

  test(`${name}: requests sent all at once are answered one after the other`, async (t) => {
    const server = await start(t);
    const health = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answer = await sendRaw(server.port, get + put + health);
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
    assert.deepEqual([statuses[0], statuses[2], statuses.length], [404, 200, 3], answer);
    assert.ok([200, 201].includes(statuses[1] ?? 0), answer);
    assert.ok(answer.endsWith('ok\n'), answer);
    const found = await sendRaw(
      server.port,
      get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
    assert.ok(found.endsWith('\r\n\r\nhello'), found);
  });

  test(`${name}: a client of HTTP/1.0 is served, and its connection closed`, async (t) => {
    const server = await start(t);
    const stored = await sendRaw(server.port, put.replace('HTTP/1.1', 'HTTP/1.0'));
    assert.ok([200, 201].includes(statusOf(stored)), stored);
    const found = await sendRaw(server.port, `GET ${path} HTTP/1.0\r\n\r\n`);
    assert.equal(statusOf(found), 200, found);
    assert.ok(found.endsWith('\r\n\r\nhello'), found);
  });

  test(`${name}: a body is asked for with 100 Continue only where it will be taken`, async (t) => {
    const expecting = put.replace(
      '\r\n\r\n',
      '\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    const willing = await sendRaw((await start(t)).port, expecting);
    assert.match(willing, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 20[01] /);
    const refusing = await start(t, { readOnly: true });
    const refused = await sendRaw(refusing.port, expecting);
    assert.doesNotMatch(refused, /100 Continue/);
    assert.ok(statusOf(refused) >= 400, refused);
    const unknown = await start(t, { hasTokens: true });
    assert.doesNotMatch(await sendRaw(unknown.port, expecting), /100 Continue/);
  });
}
