import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Of } from '../../core/index.ts';
import { type InProcessServer, startInProcess } from '../../testing/start-in-process.ts';
import { createHandlers } from '../conformance/create-handlers.ts';
import { httpProtocols } from '../server-protocols.ts';

/*
 * A client appends a path of its own to whatever address it is given. That path has one meaning: below
 * any prefix it is what its client takes it for, or it is refused. So each path that clients append is
 * sent below each mount, below a team of it, and below prefixes that people choose.
 */
const mounts = httpProtocols.flatMap((each) => [...each.mounts, ...(each.sharedMounts ?? [])]);
const prefixes: readonly string[] = [
  '',
  '/team',
  '/team/one',
  ...mounts.flatMap((mount) => [mount, `${mount}/team`, `${mount}/team/two`, `/team${mount}`]),
  ...httpProtocols.flatMap(({ examples }) => examples.map(({ prefix }) => prefix)),
];

/** ccache's layout `bazel` is `ac/<64 hex>` below its mount: its bytes are ccache's own. */
const ccacheLayout = /^\/ccache(?:\/team)?$/;

test('the mounts are those of all protocols, and there are many', () => {
  assert.ok(mounts.length > 8 && mounts.includes('/cache') && mounts.includes('/blobs'));
});

test('what is stored below /cas is checked against its digest, or refused, below any prefix', async (t) => {
  const server = await startInProcess(t);
  let stored = 0;
  for (const [index, prefix] of prefixes.entries()) {
    for (const space of ['cas', '%63as']) {
      const bytes = `content ${index} ${space}`;
      const hash = sha256Of(Buffer.from(bytes));
      const url = `${prefix}/${space}/${hash}`;
      assert.ok((await put(server, url, 'other bytes')) >= 400, `${url}: bytes of another digest`);
      const status = await put(server, url, bytes);
      const isContent = (await fetch(`${server.url}/cas/${hash}`)).status === 200;
      assert.equal(status < 400, isContent, `${url}: ${status}, but it is content: ${isContent}`);
      if (isContent) stored += 1;
    }
  }
  assert.ok(stored >= 5, `${stored} prefixes are instances`);
});

test('the paths of a /cache prefix are those of Bazel', async (t) => {
  const server = await startInProcess(t);
  const hash = sha256Of(Buffer.from('bytes'));
  for (const path of [`/cache/cas/${hash}`, `/cache/team/cas/${hash}`]) {
    assert.equal(await put(server, path, 'bytes'), 200);
    assert.equal(await (await fetch(server.url + path)).text(), 'bytes');
  }
  const result = `/cache/ac/${'a'.repeat(64)}`;
  assert.equal(await put(server, result, ''), 200, 'an empty action result');
  assert.equal((await fetch(`${server.url}/ac/${'a'.repeat(64)}`)).status, 404, 'its instance');
  assert.equal(await put(server, `/cache/${'a'.repeat(32)}`, 'of Gradle'), 200);
  assert.equal(await put(server, `/cache/team/${'a'.repeat(64)}`, 'of Gradle'), 200);
});

test('what is stored below /ac is an action result, or refused, below any prefix but ccache', async (t) => {
  const server = await startInProcess(t);
  for (const prefix of prefixes) {
    const url = `${prefix}/ac/${'b'.repeat(64)}`;
    const status = await put(server, url, namesAbsentBlob);
    if (status >= 400) continue;
    const found = (await fetch(server.url + url)).status;
    assert.equal(found, ccacheLayout.test(prefix) ? 200 : 404, `${url} names an absent blob`);
  }
});

test('what Nx stores is stored once, or refused, below any prefix', async (t) => {
  const server = await startInProcess(t);
  for (const prefix of prefixes) {
    const url = `${prefix}/v1/cache/7`;
    await put(server, url, 'first');
    assert.ok((await put(server, url, 'second')) >= 400, url);
  }
});

test('what Turborepo stores comes back with its signature, or is refused, below any prefix', async (t) => {
  const server = await startInProcess(t);
  const headers = { 'x-artifact-tag': 'signed' };
  for (const prefix of prefixes) {
    const url = `${server.url}${prefix}/v8/artifacts/0123456789abcdef`;
    const { status } = await fetch(url, { method: 'PUT', body: 'bytes', headers });
    if (status >= 400) continue;
    assert.equal((await fetch(url)).headers.get('x-artifact-tag'), 'signed', url);
  }
});

test('no request of the API is stored as an entry, below any prefix', async (t) => {
  const server = await startInProcess(t);
  for (const prefix of prefixes.slice(1)) {
    for (const method of ['POST', 'PUT']) {
      const url = `${server.url}${prefix}/api/v1/purge`;
      const body = '{"what":"namespace","namespace":"x"}';
      const headers = { 'content-type': 'application/json' };
      assert.ok((await fetch(url, { method, body, headers })).status >= 400, `${method} ${url}`);
    }
  }
});

test('no two protocols answer for one path, whatever its prefix', () => {
  const handlers = createHandlers();
  for (const prefix of prefixes) {
    for (const { examples } of httpProtocols) {
      for (const { prefix: own, keys, query = '', storeMethod = 'PUT' } of examples) {
        const url = `${prefix}${own}/${keys[0]}${query}`;
        const answering = httpProtocols.filter(
          (_, index) => handlers[index]!.route(storeMethod, url) !== undefined,
        );
        assert.ok(answering.length <= 1, `${url}: ${answering.map(({ name }) => name).join()}`);
      }
    }
  }
});

/** An action result with one output file, whose bytes nobody stored. */
const namesAbsentBlob: Buffer = outputFile('out', 'c'.repeat(64), 5);

/** The wire form of `ActionResult { output_files { path, digest { hash, size_bytes } } }`. */
function outputFile(path: string, hash: string, sizeBytes: number): Buffer {
  const field = (number: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
  const digest = Buffer.concat([field(1, Buffer.from(hash)), Buffer.of(16, sizeBytes)]);
  return field(2, Buffer.concat([field(1, Buffer.from(path)), field(2, digest)]));
}

async function put(server: InProcessServer, path: string, body: string | Buffer): Promise<number> {
  const answer = await fetch(server.url + path, { method: 'PUT', body });
  await answer.arrayBuffer();
  return answer.status;
}
