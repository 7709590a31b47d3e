import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { startInProcess } from '../../testing/start-in-process.ts';
import { parseFrames } from './frames.ts';

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const absent = '0'.repeat(64);

async function post(url: string, path: string, body: unknown): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
  });
}

async function store(url: string, bytes: Buffer): Promise<string> {
  const hash = hashOf(bytes);
  const response = await fetch(`${url}/cas/${hash}`, { method: 'PUT', body: bytes });
  assert.equal(response.status, 200);
  return hash;
}

test('exists names the absent keys in the order asked, and counts no lookup', async (t) => {
  const { url } = await startInProcess(t);
  const present = await store(url, Buffer.from('here'));
  const other = 'f'.repeat(64);
  const response = await post(url, 'exists', { space: 'cas', keys: [other, present, absent] });
  assert.deepEqual(await response.json(), { missing: [other, absent] });
  const stats = (await (await fetch(`${url}/api/v1/stats`)).json()) as {
    totals: { cas: { hits: number; misses: number } };
  };
  assert.equal(stats.totals.cas.hits + stats.totals.cas.misses, 0);
});

test('lookup answers sizes and digests, and counts each key', async (t) => {
  const { url } = await startInProcess(t);
  const bytes = Buffer.from('result');
  const key = 'a'.repeat(64);
  await fetch(`${url}/team/ac/${key}`, { method: 'PUT', body: bytes });
  const body = { space: 'ac', namespace: 'team', keys: [key, absent] };
  const answer = (await (await post(url, 'lookup', body)).json()) as {
    found: Record<string, unknown>[];
    missing: string[];
  };
  assert.equal(answer.found.length, 1);
  const [found] = answer.found;
  assert.equal(found?.key, key);
  assert.equal(found?.sizeBytes, bytes.byteLength);
  assert.equal(found?.sha256, hashOf(bytes));
  assert.deepEqual(answer.missing, [absent]);
  const stats = (await (await fetch(`${url}/api/v1/stats`)).json()) as { lookups: unknown[] };
  assert.deepEqual(stats.lookups, [
    {
      namespace: 'team',
      space: 'ac',
      hits: 1,
      misses: 1,
      hitRate: 0.5,
      hitBytes: 0,
      writes: 1,
      writtenBytes: 6,
    },
  ]);
});

test('fetch frames small and streamed entries and misses, in the order asked', async (t) => {
  const { url } = await startInProcess(t);
  const small = Buffer.from('small');
  const large = randomBytes(3 * 2 ** 20);
  const keys = [await store(url, small), absent, await store(url, large), hashOf(Buffer.alloc(0))];
  const response = await post(url, 'fetch', { space: 'cas', keys });
  const frames = parseFrames(Buffer.from(await response.arrayBuffer()));
  assert.deepEqual(
    frames.map((frame) => (frame.kind === 'hit' ? frame.sha256 : 'miss')),
    [keys[0], 'miss', keys[2], keys[3]],
  );
  assert.ok(frames[0]?.kind === 'hit' && frames[0].bytes.equals(small));
  assert.ok(frames[2]?.kind === 'hit' && frames[2].bytes.equals(large));
  assert.ok(frames[3]?.kind === 'hit' && frames[3].bytes.byteLength === 0);
});

test('a body of frames that was cut short is distinguished from a whole one, wherever the cut', async (t) => {
  const { url } = await startInProcess(t);
  const keys = [await store(url, Buffer.from('one')), absent];
  const whole = Buffer.from(await (await post(url, 'fetch', { space: 'cas', keys })).arrayBuffer());
  assert.equal(parseFrames(whole).length, 2);
  for (let length = 0; length < whole.byteLength; length += 1) {
    assert.throws(() => parseFrames(whole.subarray(0, length)), RangeError);
  }
});

test('purge deletes a key, a namespace, and what is old', async (t) => {
  const { url } = await startInProcess(t);
  const blob = await store(url, Buffer.from('blob'));
  for (const [team, key] of [
    ['a', '1'],
    ['a', '2'],
    ['b', '3'],
  ]) {
    await fetch(`${url}/${team}/ac/${key?.repeat(64)}`, { method: 'PUT', body: 'x' });
  }
  const purge = async (body: unknown): Promise<unknown> =>
    await (await post(url, 'purge', body)).json();
  assert.deepEqual(await purge({ what: 'older', thanMs: 3_600_000 }), { entries: 0, sizeBytes: 0 });
  assert.deepEqual(await purge({ what: 'key', space: 'ac', namespace: 'a', key: '1'.repeat(64) }), {
    entries: 1,
    sizeBytes: 1,
  });
  assert.deepEqual(await purge({ what: 'namespace', namespace: 'a' }), {
    entries: 1,
    sizeBytes: 1,
  });
  assert.equal((await fetch(`${url}/b/ac/${'3'.repeat(64)}`)).status, 200);
  assert.deepEqual(await purge({ what: 'older', thanMs: 0 }), { entries: 2, sizeBytes: 5 });
  assert.equal((await fetch(`${url}/cas/${blob}`)).status, 404);
});

test('an error is a code and a message', async (t) => {
  const { url } = await startInProcess(t, {
    env: { MEMOBUILD_BATCH_KEYS: '2', MEMOBUILD_BATCH_BODY_SIZE: '1024' },
  });
  const cases = [
    { body: '{', status: 400, code: 'bad_request' },
    { body: { space: 'cas', keys: ['x'] }, status: 400, code: 'invalid_key' },
    { body: { space: 'cas', keys: [absent, absent, absent] }, status: 413, code: 'too_large' },
    { body: `"${'x'.repeat(2000)}"`, status: 413, code: 'too_large' },
  ];
  for (const { body, status, code } of cases) {
    const response = await post(url, 'exists', body);
    assert.equal(response.status, status);
    const answer = (await response.json()) as { error: { code: string; message: string } };
    assert.equal(answer.error.code, code);
    assert.ok(answer.error.message.length > 0);
  }
  const notUtf8 = await fetch(`${url}/api/v1/exists`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from([0x22, 0xff, 0x22]),
  });
  assert.equal(notUtf8.status, 400);
  assert.match(await notUtf8.text(), /UTF-8/);
  assert.equal((await fetch(`${url}/api/v1/exists`)).status, 405);
  assert.equal((await fetch(`${url}/api/v1/nothing`)).status, 404);
  assert.equal((await fetch(`${url}/api/v2/stats`)).status, 404);
});

test('a body without an announced size is bounded too', async (t) => {
  const { url } = await startInProcess(t, { env: { MEMOBUILD_BATCH_BODY_SIZE: '1024' } });
  const body = new Blob(['x'.repeat(100_000)]).stream();
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    duplex: 'half',
  } as RequestInit;
  assert.equal((await fetch(`${url}/api/v1/exists`, request)).status, 413);
});

test('the OpenAPI document names every route, and the answers are as it says', async (t) => {
  const { url } = await startInProcess(t);
  const document = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as OpenApi;
  assert.deepEqual(Object.keys(document.paths).sort(), [
    '/api/v1/exists',
    '/api/v1/fetch',
    '/api/v1/lookup',
    '/api/v1/openapi.json',
    '/api/v1/purge',
    '/api/v1/stats',
  ]);
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, 'doc');
  const key = await store(url, Buffer.from('bytes'));
  await fetch(`${url}/cas/${key}`);
  const bodies: Record<string, unknown> = {
    '/api/v1/exists': { space: 'cas', keys: [key, absent] },
    '/api/v1/lookup': { space: 'cas', keys: [key, absent] },
    '/api/v1/fetch': { space: 'cas', keys: [] },
    '/api/v1/purge': { what: 'namespace', namespace: 'none' },
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const body = bodies[path];
      const init =
        body === undefined
          ? { method }
          : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const response = await fetch(url + path, init);
      assert.equal(response.status, 200, path);
      const [[type, content]] = Object.entries(operation.responses[200].content) as [
        [string, { schema: { $ref?: string } }],
      ];
      assert.equal(response.headers.get('content-type'), type);
      if (content.schema.$ref === undefined) continue;
      const answer: unknown = await response.json();
      const valid = ajv.validate(`doc${content.schema.$ref}`, answer);
      assert.ok(valid, `${path}: ${ajv.errorsText()}`);
    }
  }
  const refusal: unknown = await (await post(url, 'exists', '[]')).json();
  assert.ok(ajv.validate('doc#/components/schemas/Error', refusal), ajv.errorsText());
});

interface OpenApi {
  readonly paths: Record<
    string,
    Record<
      string,
      { responses: { 200: { content: Record<string, { schema: { $ref?: string } }> } } }
    >
  >;
}
