import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { startS3 } from '../../../../testing/start-s3.ts';
import { connectS3 } from './connect-s3.ts';

test('more objects than one answer lists are listed all, and none of others', async (t) => {
  const s3 = await startS3(t);
  const access = {
    endpoint: s3.url,
    bucket: s3.bucket,
    region: 'us-east-1',
    isPathStyle: true,
  };
  const store = await connectS3({ ...access, prefix: 'ours/' }, 32);
  const other = await connectS3({ ...access, prefix: 'other/' }, 32);
  t.after(() => {
    store.close();
    other.close();
  });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  await other.put('not listed', Buffer.from('x'), {}, signal);
  const names = Array.from({ length: 1_005 }, (_, index) => String(index).padStart(4, '0'));
  for (let at = 0; at < names.length; at += 32) {
    const some = names.slice(at, at + 32);
    await Promise.all(some.map((name) => store.put(name, Buffer.from('x'), {}, signal)));
  }
  const listed: string[] = [];
  let after: string | undefined;
  do {
    const { objects, next } = await store.list(after, signal);
    listed.push(...objects.map(({ name }) => name));
    after = next;
  } while (after !== undefined);
  assert.deepEqual(listed, names);
});
