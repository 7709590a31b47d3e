import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import {
  type FailureKind,
  type HttpReply,
  type HttpRequest,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';
import { openLoadConnection } from '../../../testing/open-load-connection.ts';
import { listen, onRequests } from '../../../testing/raw-http-server.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import type { LoadConnection } from '../load-connection.ts';

function open(t: TestContext, url: string, headers: Record<string, string> = {}): LoadConnection {
  return openLoadConnection(t, { url, headers });
}

const get: HttpRequest = { method: 'GET', path: '/ac/1' };
const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const pool = new PayloadPool(createPoolMemory(1));

async function bodyOf(connection: LoadConnection, request = get): Promise<string> {
  let body = '';
  await connection.exchange(request, (chunk) => {
    body += chunk.toString();
  });
  return body;
}

async function failureOf(exchange: Promise<HttpReply>): Promise<FailureKind> {
  const error = await exchange.then(
    () => assert.fail('the exchange succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OperationFailure, String(error));
  assert.ok(error.message.length > 10);
  return error.kind;
}

test('requests say what is asked, and share one connection', async (t) => {
  const heads: string[] = [];
  const port = await listen(t, (socket) =>
    onRequests(socket, (head) => {
      heads.push(head);
      socket.write(hello);
    }),
  );
  const connection = open(t, `http://127.0.0.1:${port}/base/path/`, { 'X-Token': 'secret' });
  assert.equal(await bodyOf(connection), 'hello');
  assert.equal(await bodyOf(connection, { method: 'DELETE', path: '/ac/2?x=%20' }), 'hello');
  assert.equal(connection.opened, 1);
  const [first, second] = heads.map((head) => head.split('\r\n'));
  assert.equal(first![0], 'GET /base/path/ac/1 HTTP/1.1');
  assert.equal(second![0], 'DELETE /base/path/ac/2?x=%20 HTTP/1.1');
  assert.ok(first!.includes(`Host: 127.0.0.1:${port}`));
  assert.ok(first!.includes('X-Token: secret'));
});

for (const sizeBytes of [0, 1, 1024, 32 * 1024, 32 * 1024 + 1, 12 * 1024 * 1024]) {
  test(`a body of ${sizeBytes} bytes arrives whole, and the connection stays usable`, async (t) => {
    const payload = pool.payload('a'.repeat(64), sizeBytes);
    const came: boolean[] = [];
    const port = await listen(t, (socket) =>
      onRequests(socket, (_head, body) => {
        came.push(body.length === sizeBytes && payload.matches(body, 0));
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      }),
    );
    const connection = open(t, `http://127.0.0.1:${port}`);
    for (let round = 0; round < 2; round += 1) {
      const reply = await connection.exchange({ method: 'PUT', path: '/x', body: payload });
      assert.equal(reply.status, 204);
    }
    assert.deepEqual(came, [true, true]);
    assert.equal(connection.opened, 1);
  });
}

test('a large body waits for a server that reads slowly, and is not piled up here', async (t) => {
  let reading: Socket | undefined;
  const port = await listen(t, (socket) => {
    reading = socket.pause();
  });
  const sizeBytes = 64 * 1024 * 1024;
  let sent = 0;
  const payload = pool.payload('b'.repeat(64), sizeBytes);
  const body = {
    ...{ sizeBytes, sha256: () => '', matches: () => true },
    piece: (offset: number) => {
      const piece = payload.piece(offset);
      sent = offset + piece.length;
      return piece;
    },
  };
  const exchange = open(t, `http://127.0.0.1:${port}`).exchange({ method: 'PUT', path: '/', body });
  let before = -1;
  while (sent !== before || sent === 0) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(sent < sizeBytes / 2, `${sent} bytes were taken from the payload`);
  let received = 0;
  reading!.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received >= sizeBytes) reading!.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  reading!.resume();
  assert.equal((await exchange).status, 200);
});

test('an answer that comes before the body was sent is taken, and the connection is not used again', async (t) => {
  const port = await listen(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
    });
  });
  const connection = open(t, `http://127.0.0.1:${port}`);
  const body = pool.payload('c'.repeat(64), 256 * 1024 * 1024);
  assert.equal((await connection.exchange({ method: 'PUT', path: '/', body })).status, 413);
  assert.equal((await connection.exchange({ method: 'PUT', path: '/', body })).status, 413);
  assert.equal(connection.opened, 2);
});

describe('a connection is reopened without a failure', () => {
  const closings: readonly { name: string; answer: string; close: (socket: Socket) => void }[] = [
    {
      name: 'when the server announced that it closes',
      answer: hello.replace('\r\n', '\r\nConnection: close\r\n'),
      close: () => {},
    },
    { name: 'when the server closed it idle', answer: hello, close: (socket) => socket.end() },
    {
      name: 'when the server reset it idle',
      answer: hello,
      close: (socket) => socket.resetAndDestroy(),
    },
    {
      name: 'after a body that ends with the connection',
      answer: 'HTTP/1.1 200 OK\r\n\r\nhello',
      close: (socket) => socket.end(),
    },
    { name: 'after HTTP/1.0', answer: hello.replace('1.1', '1.0'), close: () => {} },
  ];
  for (const { name, answer, close } of closings) {
    test(name, async (t) => {
      const port = await listen(t, (socket) =>
        onRequests(socket, () => {
          socket.write(answer, () => close(socket));
        }),
      );
      const connection = open(t, `http://127.0.0.1:${port}`);
      for (let round = 1; round <= 3; round += 1) {
        assert.equal(await bodyOf(connection), 'hello');
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.equal(connection.opened, round);
      }
    });
  }

  test('before the time at which the server said it would close it', async (t) => {
    const port = await listen(t, (socket) =>
      onRequests(socket, () =>
        socket.write(hello.replace('\r\n', '\r\nKeep-Alive: timeout=1\r\n')),
      ),
    );
    const connection = open(t, `http://127.0.0.1:${port}`);
    await bodyOf(connection);
    await bodyOf(connection);
    assert.equal(connection.opened, 1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await bodyOf(connection);
    assert.equal(connection.opened, 2);
  });
});

describe('failures have their names', () => {
  const failures: readonly { name: string; serve: (socket: Socket) => void; kind: FailureKind }[] =
    [
      { name: 'closed before an answer', serve: (socket) => socket.end(), kind: 'reset' },
      {
        name: 'reset before an answer',
        serve: (socket) => socket.on('data', () => socket.resetAndDestroy()),
        kind: 'reset',
      },
      {
        name: 'closed in the head',
        serve: (socket) => socket.on('data', () => socket.end(hello.slice(0, 20))),
        kind: 'reset',
      },
      {
        name: 'closed before the announced length',
        serve: (socket) => socket.on('data', () => socket.end(hello.slice(0, -1))),
        kind: 'reset',
      },
      {
        name: 'closed between chunks',
        serve: (socket) =>
          socket.on('data', () =>
            socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n'),
          ),
        kind: 'reset',
      },
      {
        name: 'no HTTP',
        serve: (socket) => socket.on('data', () => socket.write('220 mail.example ESMTP\r\n')),
        kind: 'protocol',
      },
      {
        name: 'a longer body than announced',
        serve: (socket) => socket.on('data', () => socket.write(`${hello}!`)),
        kind: 'protocol',
      },
      { name: 'silence', serve: () => {}, kind: 'timeout' },
      {
        name: 'an answer that drips past its time',
        serve: (socket) => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n');
          const timer = setInterval(() => socket.write('x'), 20);
          socket.on('close', () => clearInterval(timer));
        },
        kind: 'timeout',
      },
    ];
  for (const { name, serve, kind } of failures) {
    test(`${name}: ${kind}`, async (t) => {
      let served = 0;
      const port = await listen(t, (socket) => {
        served += 1;
        if (served === 1) serve(socket);
        else onRequests(socket, () => socket.write(hello));
      });
      const connection = open(t, `http://127.0.0.1:${port}`);
      connection.deadlineMs = performance.now() + 150;
      assert.equal(await failureOf(connection.exchange(get)), kind);
      connection.deadlineMs = performance.now() + 10_000;
      assert.equal(await bodyOf(connection), 'hello', 'the exchange after it');
    });
  }

  test('bytes on an idle connection: the next exchange fails', async (t) => {
    let served = 0;
    const port = await listen(t, (socket) =>
      onRequests(socket, () => {
        served += 1;
        socket.write(hello);
        if (served === 1) setTimeout(() => socket.write(hello), 20);
      }),
    );
    const connection = open(t, `http://127.0.0.1:${port}`);
    assert.equal(await bodyOf(connection), 'hello');
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal(await failureOf(connection.exchange(get)), 'protocol');
    assert.equal(await bodyOf(connection), 'hello');
  });

  test('nobody listens: refused', async (t) => {
    const port = await listen(t, () => {});
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const free = (unused.address() as AddressInfo).port;
    unused.close();
    await once(unused, 'close');
    assert.notEqual(free, port);
    assert.equal(await failureOf(open(t, `http://127.0.0.1:${free}`).exchange(get)), 'refused');
  });

  test('a name that has no address: refused', async (t) => {
    const connection = open(t, 'http://no-such-host.invalid');
    connection.deadlineMs = performance.now() + 20_000;
    assert.equal(await failureOf(connection.exchange(get)), 'refused');
  });

  test("what the body's sink throws ends the exchange, and the next has a new connection", async (t) => {
    const port = await listen(t, (socket) => onRequests(socket, () => socket.write(hello)));
    const connection = open(t, `http://127.0.0.1:${port}`);
    const refuse = (): never => {
      throw new OperationFailure('integrity', 'these are not the bytes');
    };
    assert.equal(await failureOf(connection.exchange(get, refuse)), 'integrity');
    assert.equal(await bodyOf(connection), 'hello');
    assert.equal(connection.opened, 2);
  });
});
