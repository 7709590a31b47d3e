import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInProcess } from '../../testing/start-in-process.ts';

const absent = '0'.repeat(64);

test('a slash at the end of an entry changes nothing where keys are hashes', async (t) => {
  const { url } = await startInProcess(t);
  const key = 'a'.repeat(32);
  for (const path of [
    `/ac/${absent}`,
    `/team/ac/${absent}`,
    `/ccache/${'b'.repeat(40)}`,
    `/ccache/team/bb/${'b'.repeat(38)}`,
    `/v1/cache/${key}`,
    `/nx/team/v1/cache/${key}`,
    `/cache/${key}`,
    `/gradle/team/${key}`,
    `/v8/artifacts/${key}`,
  ]) {
    assert.ok((await fetch(`${url}${path}/`, { method: 'PUT', body: path })).ok, path);
    for (const form of [path, `${path}/`, `${path}//`]) {
      assert.equal(await (await fetch(url + form)).text(), path, form);
    }
  }
  // Where keys are free text, or a slash makes a folder's name, it is not left out in silence.
  for (const path of ['/blobs/team/key/', '/rush/key/', '/maven/v1/a/', '/dav/a/']) {
    const { status } = await fetch(url + path, { method: 'PUT', body: 'x' });
    assert.ok(status === 400 || status === 405, `${path}: ${status}`);
  }
});
