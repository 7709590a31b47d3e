import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { zstdCompress, zstdDecompress } from '../../src/protocols/shared/zstd/index.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { hashOfStream, type LargeBlobCoding, type MadeBlob, testLargeBlob } from './large-blob.ts';

testLargeBlob("Bazel's HTTP cache", async (t) => {
  const { url } = await startServer(t, { args: ['--workers', '1'] });
  return { url, roundTrip: (blob, coding) => roundTrip(url, blob, coding) };
});

async function roundTrip(url: string, blob: MadeBlob, coding: LargeBlobCoding): Promise<void> {
  const path = `${url}/cas/${blob.hash}`;
  const isCoded = coding === 'zstd';
  // What is compressed as it is sent has no length yet, and goes in chunks.
  const put = request(path, {
    method: 'PUT',
    headers: isCoded ? { 'content-encoding': 'zstd' } : { 'content-length': blob.sizeBytes },
  });
  const answered = once(put, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(isCoded ? zstdCompress(blob.pieces()) : blob.pieces()), put);
  const [stored] = await answered;
  stored.resume();
  assert.equal(stored.statusCode, 200);

  const get = request(path, { headers: { 'accept-encoding': coding } }).end();
  const [found] = (await once(get, 'response')) as [IncomingMessage];
  assert.equal(found.statusCode, 200);
  assert.equal(found.headers['content-encoding'], isCoded ? 'zstd' : undefined);
  const body = isCoded ? zstdDecompress(found, { sizeBytesMax: blob.sizeBytes }) : found;
  assert.equal(await hashOfStream(body), blob.hash);
}
