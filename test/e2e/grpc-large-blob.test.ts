import assert from 'node:assert/strict';
import { ByteStream } from '../../src/protocols/shared/protobuf/generated/bytestream.pb.ts';
import { zstdCompress, zstdDecompress } from '../../src/protocols/shared/zstd/index.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import { roomOrAnswer } from '../../src/testing/room-or-answer.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { hashOfStream, type LargeBlobCoding, type MadeBlob, testLargeBlob } from './large-blob.ts';

testLargeBlob('ByteStream', async (t) => {
  const grpcPort = await freePort();
  const { url } = await startServer(t, {
    args: ['--workers', '1', '--grpc-port', String(grpcPort)],
  });
  const client = new GrpcClient(t, `127.0.0.1:${grpcPort}`);
  return { url, roundTrip: (blob, coding) => roundTrip(client, blob, coding) };
});

async function roundTrip(
  client: GrpcClient,
  blob: MadeBlob,
  compressor: LargeBlobCoding,
): Promise<void> {
  const kind = compressor === 'zstd' ? 'compressed-blobs/zstd' : 'blobs';
  const name = `${kind}/${blob.hash}/${blob.sizeBytes}`;
  await write(
    client,
    `uploads/x/${name}`,
    compressor === 'zstd' ? zstdCompress(blob.pieces()) : blob.pieces(),
  );
  const messages = client.serverStream(ByteStream.method.read, { resourceName: name });
  const encoded = (async function* () {
    for await (const { data } of messages) yield data;
  })();
  const body =
    compressor === 'zstd' ? zstdDecompress(encoded, { sizeBytesMax: blob.sizeBytes }) : encoded;
  assert.equal(await hashOfStream(body), blob.hash);
}

async function write(
  client: GrpcClient,
  resourceName: string,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { call, answer } = client.clientStream(ByteStream.method.write);
  let offset = 0;
  for await (const data of body) {
    const first = offset === 0 ? { resourceName } : {};
    const hasRoom = call.write({ ...first, writeOffset: BigInt(offset), data });
    offset += data.length;
    if (!hasRoom) await roomOrAnswer({ call, answer });
  }
  call.write({ writeOffset: BigInt(offset), finishWrite: true });
  call.end();
  await answer;
}
