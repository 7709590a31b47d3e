import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { OperationFailure } from '../../../protocols/shared/load-client.ts';
import { createRandom } from '../../statistics/random.ts';
import { DeadlineSweep } from '../shared/deadline-sweep.ts';
import { createEndpoint } from '../shared/endpoint.ts';
import { Connection } from './connection.ts';

/**
 * The same bytes are answered to this client and to Node's own. Ours may refuse more (it is strict
 * by intent); what it takes, Node must take for the same status and body.
 */
type Outcome = { status: number; body: string } | 'refused';

const seeds: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nA: b\r\n\r\n',
  'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nX-Long: aaaaaaaaaaaaaaaa\r\n\r\nnot found',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the end',
];
// No tabs: Node refuses one after a length, which RFC 9110 (5.5) allows.
const inserts = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  ':',
  ';',
  ',',
  '0',
  '1',
  'f',
  'a',
  '\0',
  '\x80',
  '-',
  '+',
];

function mutate(text: string, random: () => number): string {
  let result = text;
  const edits = 1 + Math.floor(random() * 2);
  for (let edit = 0; edit < edits; edit += 1) {
    const at = Math.floor(random() * result.length);
    const insert = inserts[Math.floor(random() * inserts.length)]!;
    const removed = Math.floor(random() * 3);
    result = result.slice(0, at) + (random() < 0.7 ? insert : '') + result.slice(at + removed);
  }
  return result;
}

async function ours(port: number): Promise<Outcome> {
  const endpoint = createEndpoint({
    url: `http://127.0.0.1:${port}`,
    headers: {},
    tls: { insecure: false },
  });
  const connection = new Connection(endpoint, new DeadlineSweep());
  let body = '';
  try {
    const { status } = await connection.exchange({ method: 'GET', path: '/' }, (chunk) => {
      body += chunk.toString('latin1');
    });
    return { status, body };
  } catch (error) {
    assert.ok(error instanceof OperationFailure, String(error));
    return 'refused';
  } finally {
    connection.close();
  }
}

function nodes(port: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const refuse = (): void => resolve('refused');
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', refuse).on('aborted', refuse);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', refuse)
      .end();
  });
}

test('what this client takes for an answer, Node takes for the same answer', async (t) => {
  let answer = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer, 'latin1'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const random = createRandom(11, 1);
  let taken = 0;
  for (let round = 0; round < 700; round += 1) {
    const seed = seeds[round % seeds.length]!;
    answer = round < seeds.length ? seed : mutate(seed, random);
    const [our, node] = await Promise.all([ours(port), nodes(port)]);
    if (our === 'refused') {
      assert.ok(round >= seeds.length, `${JSON.stringify(answer)} is a proper answer`);
      continue;
    }
    taken += 1;
    assert.deepEqual(our, node, JSON.stringify(answer));
  }
  assert.ok(taken > 100, `only ${taken} answers were taken`);
});
