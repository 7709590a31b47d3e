import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInProcess } from '../../testing/start-in-process.ts';

const path = '/v8/artifacts/0123456789abcdef';

test('what a client says of an artifact comes back with it, by GET, HEAD and query', async (t) => {
  const { url } = await startInProcess(t);
  for (const body of ['small', 'large '.repeat(500_000)]) {
    const said = {
      'x-artifact-duration': '1234',
      'x-artifact-tag': 'Tc0BmHvJYMIYJ62/zx87YqO0Flxk+5Ovip25NY825CQ=',
      'x-artifact-sha': '8f983ee',
      'x-artifact-dirty-hash': 'abc',
      'x-artifact-client-ci': 'GITHUB_ACTIONS',
      'x-artifact-client-interactive': '0',
    };
    const stored = await fetch(url + path, { method: 'PUT', headers: said, body });
    assert.deepEqual(await stored.json(), { urls: [path] });
    for (const method of ['GET', 'HEAD']) {
      const found = await fetch(url + path, { method });
      assert.equal(found.status, 200);
      for (const [name, value] of Object.entries(said)) {
        assert.equal(found.headers.get(name), value, `${method} ${name}`);
      }
      assert.equal(found.headers.get('content-length'), String(body.length));
      assert.equal(await found.text(), method === 'GET' ? body : '');
    }
    const asked = await fetch(`${url}/v8/artifacts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ hashes: ['0123456789abcdef', 'absent', '__proto__'] }),
    });
    const answer = (await asked.json()) as object;
    assert.deepEqual(Object.entries(answer), [
      [
        '0123456789abcdef',
        { size: body.length, taskDurationMs: 1234, tag: said['x-artifact-tag'] },
      ],
      ['absent', null],
      ['__proto__', null],
    ]);
  }
});

test('an artifact without a word about it has no headers of its own', async (t) => {
  const { url } = await startInProcess(t);
  await fetch(url + path, { method: 'PUT', body: 'bytes' });
  const found = await fetch(url + path);
  assert.equal(await found.text(), 'bytes');
  for (const [name] of found.headers) assert.ok(!name.startsWith('x-artifact'), name);
});

test('a store without a signature is replaced by one with', async (t) => {
  const { url } = await startInProcess(t);
  await fetch(url + path, {
    method: 'PUT',
    body: 'bytes',
    headers: { 'x-artifact-duration': '5' },
  });
  await fetch(url + path, {
    method: 'PUT',
    body: 'bytes',
    headers: { 'x-artifact-tag': 'signed' },
  });
  const found = await fetch(url + path);
  assert.equal(found.headers.get('x-artifact-tag'), 'signed');
  assert.equal(found.headers.get('x-artifact-duration'), null);
});

test('teams have artifacts of their own', async (t) => {
  const { url } = await startInProcess(t);
  // Names as people have them; those that look alike are two.
  const names = [
    '_team',
    '%40scope',
    '%40scope%2Fweb',
    'my%20team',
    'my%2520team',
    'my-team',
    'My-team',
  ];
  const more = [
    'caf%C3%A9',
    'cafe%CC%81',
    'team%20',
    `${'t'.repeat(199)}a`,
    `${'t'.repeat(199)}b`,
    'a%3Ab',
  ];
  const queries = [
    ...['', '?teamId=team_a', '?slug=b', '?team=c'],
    ...[...names, ...more].map((name) => `?slug=${name}`),
  ];
  for (const query of queries) {
    assert.equal((await fetch(url + path + query)).status, 404, query);
    await fetch(url + path + query, { method: 'PUT', body: query });
  }
  for (const query of queries) assert.equal(await (await fetch(url + path + query)).text(), query);
});

test('headers that could not be sent back are refused, and nothing is stored', async (t) => {
  const { url } = await startInProcess(t);
  for (const headers of [
    { 'x-artifact-duration': '1.5' },
    { 'x-artifact-duration': '-1' },
    { 'x-artifact-duration': '9'.repeat(16) },
    { 'x-artifact-tag': 'x'.repeat(1025) },
    { 'x-artifact-tag': 'caf\u00e9' },
  ]) {
    const answer = await fetch(url + path, { method: 'PUT', body: 'bytes', headers });
    assert.equal(answer.status, 400, JSON.stringify(headers));
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    assert.equal(error.code, 'bad_request');
    assert.match(error.message, /^bad_request: x-artifact-/);
    assert.equal((await fetch(url + path)).status, 404);
  }
});

test('a preflight asks no credential, and lets the token be sent', async (t) => {
  const { url } = await startInProcess(t, { credentials: [] });
  const answer = await fetch(url + path, { method: 'OPTIONS' });
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /\bAuthorization\b/);
  assert.equal(answer.headers.get('location'), null);
  const refused = await fetch(url + path);
  assert.equal(refused.status, 401);
  const { error } = (await refused.json()) as { error: { code: string } };
  assert.equal(error.code, 'unauthenticated');
});

test('a 403 has the code that the client knows', async (t) => {
  const { url } = await startInProcess(t, { env: { MEMOBUILD_READ_ONLY: 'true' } });
  const refused = await fetch(url + path, { method: 'PUT', body: 'bytes' });
  assert.equal(refused.status, 403);
  assert.deepEqual(await refused.json(), {
    error: { code: 'forbidden', message: 'read_only: this server is read-only' },
  });
});

test('status and events are answered, and bodies of neither form refused', async (t) => {
  const { url } = await startInProcess(t);
  const status = await fetch(`${url}/v8/artifacts/status`);
  assert.deepEqual(await status.json(), { status: 'enabled' });
  const post = (to: string, body: string): Promise<Response> =>
    fetch(`${url}/v8/artifacts${to}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  const event = { sessionId: 's', source: 'REMOTE', event: 'HIT', hash: 'a', duration: 5 };
  assert.equal((await post('/events', JSON.stringify([event]))).status, 200);
  for (const body of ['', '{', '{}', '\xff', `[${'1,'.repeat(600_000)}1]`]) {
    assert.ok([400, 413].includes((await post('/events', body)).status), body.slice(0, 10));
  }
  for (const body of [
    '',
    '[]',
    'null',
    '{"hashes": "a"}',
    '{"hashes": ["../x"]}',
    '{"hashes": [5]}',
  ]) {
    assert.equal((await post('', body)).status, 400, body);
  }
  const many = JSON.stringify({ hashes: Array.from({ length: 1001 }, (_, index) => `h${index}`) });
  assert.equal((await post('', many)).status, 400);
});
