import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInProcess } from '../../testing/start-in-process.ts';
import { actionResultFromJson, actionResultToJson } from './action-result-json.ts';

const key = 'a'.repeat(64);
const missingHash = 'b'.repeat(64);

/** As moon 2.5.5 sends it. */
const moonResult = {
  outputFiles: [
    {
      path: 'packages/a/dist/out.bin',
      digest: {
        hash: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        sizeBytes: '5',
      },
      nodeProperties: { mtime: '2026-11-24T00:35:17.852769879+00:00', unixMode: 33188 },
    },
  ],
  executionMetadata: { worker: 'moon' },
};

test('an action result put as JSON is got as JSON and as the binary message', async (t) => {
  const { url } = await startInProcess(t);
  const content = await fetch(`${url}/i/cas/${moonResult.outputFiles[0]?.digest.hash}`, {
    method: 'PUT',
    body: 'hello',
  });
  assert.equal(content.status, 200);
  const stored = await fetch(`${url}/i/ac/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(moonResult),
  });
  assert.equal(stored.status, 200);

  const json = await fetch(`${url}/i/ac/${key}`, { headers: { accept: 'application/json' } });
  assert.equal(json.headers.get('content-type'), 'application/json');
  assert.deepEqual(await json.json(), {
    ...moonResult,
    outputFiles: [
      {
        ...moonResult.outputFiles[0],
        nodeProperties: { mtime: '2026-11-24T00:35:17.852769879Z', unixMode: 33188 },
      },
    ],
  });
  const binary = await fetch(`${url}/i/ac/${key}`);
  assert.equal(binary.headers.get('content-type'), 'application/octet-stream');
  const bytes = new Uint8Array(await binary.arrayBuffer());
  assert.deepEqual(
    bytes,
    new Uint8Array(actionResultFromJson(Buffer.from(JSON.stringify(moonResult)))),
  );
});

test('a result put as JSON whose content is gone is a miss', async (t) => {
  const { url } = await startInProcess(t);
  const body = JSON.stringify({
    outputFiles: [{ path: 'x', digest: { hash: missingHash, sizeBytes: '5' } }],
  });
  const headers = { 'content-type': 'application/json' };
  assert.equal((await fetch(`${url}/ac/${key}`, { method: 'PUT', headers, body })).status, 200);
  const found = await fetch(`${url}/ac/${key}`, { headers: { accept: 'application/json' } });
  assert.equal(found.status, 404);
});

test('what is not an action result is refused as JSON, and is a miss to who asks for JSON', async (t) => {
  const { url } = await startInProcess(t);
  const headers = { 'content-type': 'application/json' };
  for (const body of ['', 'null', '[]', '{"outputFiles": 5}', '{"exitCode": "x"}', '\xff{}']) {
    const answer = await fetch(`${url}/ac/${key}`, { method: 'PUT', headers, body });
    assert.equal(answer.status, 400, body);
    assert.match(await answer.text(), /^bad_request: the body is not an ActionResult in JSON: /);
  }
  await fetch(`${url}/ac/${key}`, { method: 'PUT', body: 'ccache keeps other things here' });
  const found = await fetch(`${url}/ac/${key}`, { headers: { accept: 'application/json' } });
  assert.equal(found.status, 404);
  assert.equal((await fetch(`${url}/ac/${key}`)).status, 200);
});

test('JSON with a field that would not come back is refused, and nothing is stored', async (t) => {
  const { url } = await startInProcess(t);
  const headers = { 'content-type': 'application/json' };
  const digest = { hash: missingHash, sizeBytes: '5' };
  // The first is what moon 2.4 sends: a manifest of its own.
  const bodies: readonly [object, string][] = [
    [{ files: [{ path: 'out', hash: missingHash, size: 5 }], exit_code: 0 }, 'files'],
    [{ ...moonResult, newField: 1 }, 'newField'],
    [{ outputFiles: [{ path: 'x', digest, sha1: 'y' }] }, 'sha1'],
    [{ outputFiles: [{ path: 'x', digest: { ...digest, kind: 1 } }] }, 'kind'],
    [{ executionMetadata: { worker: 'w', host: 'h' } }, 'host'],
  ];
  for (const [body, field] of bodies) {
    const text = JSON.stringify(body);
    const answer = await fetch(`${url}/ac/${key}`, { method: 'PUT', headers, body: text });
    assert.equal(answer.status, 400, text);
    assert.match(await answer.text(), new RegExp(`ActionResult in JSON: .*"?${field}`));
    assert.equal((await fetch(`${url}/ac/${key}`)).status, 404);
  }
});

test('messages of any type among the metadata are left out of the JSON', () => {
  const bytes = actionResultFromJson(
    Buffer.from('{"exitCode": 3, "executionMetadata": {"worker": "w"}}'),
  );
  // execution_metadata (9) { auxiliary_metadata (11) { type_url (1) "t/x" } }, merged into the one above.
  const any = Buffer.from([0x4a, 0x07, 0x5a, 0x05, 0x0a, 0x03, ...Buffer.from('t/x')]);
  const json = actionResultToJson(Buffer.concat([bytes, any]));
  assert.deepEqual(JSON.parse(Buffer.from(json ?? []).toString()), {
    exitCode: 3,
    executionMetadata: { worker: 'w' },
  });
});

test('/status answers whoever asks', async (t) => {
  const { url } = await startInProcess(t, { credentials: [] });
  assert.equal((await fetch(`${url}/status`)).status, 200);
  assert.equal((await fetch(`${url}/ac/${key}`)).status, 401);
});
