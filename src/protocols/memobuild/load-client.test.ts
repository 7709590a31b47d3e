import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { heldPayload } from '../shared/held-payload.ts';
import {
  type Artifact,
  type HttpExchange,
  type HttpReply,
  type HttpRequest,
  OperationFailure,
} from '../shared/load-client.ts';
import { MemobuildArtifactClient } from './load-client.ts';

const bytes = Buffer.from('an artifact of some length');
const artifact: Artifact = { key: 'ab'.repeat(32), payload: heldPayload(bytes) };

/** Answers each request with a status and the pieces of a body. */
function answering(
  status: number,
  ...pieces: (string | Buffer)[]
): { http: HttpExchange; asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const exchange: HttpExchange['exchange'] = (request, onBody) => {
    asked.push(request);
    for (const piece of pieces) onBody?.(Buffer.from(piece), status);
    const reply: HttpReply = { status, bodyBytes: 0, header: () => undefined };
    return Promise.resolve(reply);
  };
  return { http: { exchange }, asked };
}

const client = new MemobuildArtifactClient('team/a b');
const path = `/team/a%20b/ac/${artifact.key}`;

test('an artifact that comes in pieces is a hit', async () => {
  const { http, asked } = answering(200, bytes.subarray(0, 3), bytes.subarray(3));
  assert.equal(await client.lookup(http, artifact), 'hit');
  assert.deepEqual(asked, [{ method: 'GET', path }]);
});

test('404 is a miss, whatever its body', async () => {
  const { http } = answering(404, 'nothing of that name');
  assert.equal(await client.lookup(http, artifact), 'miss');
});

describe('other answers to a lookup are failures', () => {
  const cases = [
    { name: 'shorter', status: 200, body: bytes.subarray(1), kind: 'integrity' },
    { name: 'cut', status: 200, body: bytes.subarray(0, -1), kind: 'integrity' },
    { name: 'longer', status: 200, body: Buffer.concat([bytes, bytes]), kind: 'integrity' },
    { name: 'empty', status: 200, body: Buffer.alloc(0), kind: 'integrity' },
    { name: 'other bytes', status: 200, body: Buffer.alloc(bytes.length), kind: 'integrity' },
    { name: '403', status: 403, body: bytes, kind: 'http_4xx' },
    { name: '503', status: 503, body: bytes, kind: 'http_5xx' },
    { name: 'a redirect', status: 302, body: bytes, kind: 'protocol' },
    { name: '204', status: 204, body: Buffer.alloc(0), kind: 'protocol' },
  ];
  for (const { name, status, body, kind } of cases) {
    test(`${name}: ${kind}`, async () => {
      await assert.rejects(client.lookup(answering(status, body).http, artifact), (error) => {
        assert.ok(error instanceof OperationFailure);
        assert.equal(error.kind, kind);
        return true;
      });
    });
  }
});

test('a store sends the bytes under the key, and takes any of the usual answers', async () => {
  for (const status of [200, 201, 202, 204]) {
    const { http, asked } = answering(status);
    await client.store(http, artifact);
    assert.deepEqual(asked, [{ method: 'PUT', path, body: artifact.payload }]);
  }
  for (const status of [203, 301, 404, 413, 507]) {
    await assert.rejects(client.store(answering(status).http, artifact), OperationFailure);
  }
});

test('what was removed already is removed', async () => {
  for (const status of [200, 202, 204, 404]) {
    const { http, asked } = answering(status);
    await client.remove(http, artifact);
    assert.deepEqual(asked, [{ method: 'DELETE', path }]);
  }
  await assert.rejects(client.remove(answering(405).http, artifact), { kind: 'http_4xx' });
});
