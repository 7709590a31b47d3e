import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { blake3 } from '@napi-rs/blake-hash';
import { sha256Of } from '../../core/index.ts';
import { mixedBytes, queryStatus, read, rejectsWith, write } from '../../testing/byte-stream.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import {
  ActionCache,
  ActionResultSchema,
  ContentAddressableStorage,
  DigestFunction_Value,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { grpcCodes } from './errors.ts';

const { findMissingBlobs, batchUpdateBlobs, batchReadBlobs, getTree } =
  ContentAddressableStorage.method;
const { getActionResult, updateActionResult } = ActionCache.method;

for (const digestFunction of [DigestFunction_Value.SHA256, DigestFunction_Value.BLAKE3]) {
  describe(`a hash that is stored, with another size (function ${digestFunction})`, () => {
    const bytes = mixedBytes(300_000);
    const isBlake3 = digestFunction === DigestFunction_Value.BLAKE3;
    const hash = isBlake3 ? blake3(bytes).toString('hex') : sha256Of(bytes);
    const digest = { hash, sizeBytes: BigInt(bytes.length) };
    const other = { hash, sizeBytes: digest.sizeBytes + 1n };
    const resource = `blobs/${isBlake3 ? 'blake3/' : ''}${hash}/${other.sizeBytes}`;

    test('is not a blob to any method', async (t) => {
      const server = await startReapi(t);
      const { client } = server;
      await client.unary(batchUpdateBlobs, { requests: [{ digest, data: bytes }], digestFunction });
      const blobDigests = [digest, other];
      const { missingBlobDigests } = await client.unary(findMissingBlobs, {
        blobDigests,
        digestFunction,
      });
      assert.deepEqual(
        missingBlobDigests.map(({ sizeBytes }) => sizeBytes),
        [other.sizeBytes],
      );
      const batch = await client.unary(batchReadBlobs, { digests: blobDigests, digestFunction });
      const codes = batch.responses.map(({ status }) => status?.code);
      assert.deepEqual(codes, [grpcCodes.ok, grpcCodes.notFound]);
      await rejectsWith(grpcCodes.notFound, read(server, resource));
      const status = await queryStatus(server, `uploads/x/${resource}`);
      assert.deepEqual(status, { committedSize: 0n, complete: false });
      const tree = client.serverStream(getTree, { rootDigest: other, digestFunction });
      await rejectsWith(
        grpcCodes.notFound,
        (async () => {
          for await (const _ of tree) assert.fail('no tree is to be found');
        })(),
      );
    });

    test('is not acknowledged', async (t) => {
      const server = await startReapi(t);
      const requests = [{ digest, data: bytes }];
      await server.client.unary(batchUpdateBlobs, { requests, digestFunction });
      for (const sent of [bytes, Buffer.concat([bytes, Buffer.from('!')])]) {
        const upload = write(server, `uploads/x/${resource}`, sent);
        await rejectsWith(grpcCodes.invalidArgument, upload);
        const { responses } = await server.client.unary(batchUpdateBlobs, {
          requests: [{ digest: other, data: sent }],
          digestFunction,
        });
        assert.equal(responses[0]?.status?.code, grpcCodes.invalidArgument);
      }
    });

    test('makes a result that names it a miss', async (t) => {
      const { client } = await startReapi(t);
      await client.unary(batchUpdateBlobs, { requests: [{ digest, data: bytes }], digestFunction });
      const tree = { path: 'dir', rootDirectoryDigest: other };
      const results = [
        { outputFiles: [{ path: 'out', digest: other }] },
        { stdoutDigest: other },
        { outputDirectories: [tree] },
      ];
      for (const result of results) {
        const request = {
          actionDigest: { hash: sha256Of('action'), sizeBytes: 6n },
          digestFunction,
        };
        const actionResult = create(ActionResultSchema, result);
        await client.unary(updateActionResult, { ...request, actionResult });
        await rejectsWith(grpcCodes.notFound, client.unary(getActionResult, request));
        const right = create(ActionResultSchema, { outputFiles: [{ path: 'out', digest }] });
        await client.unary(updateActionResult, { ...request, actionResult: right });
        await client.unary(getActionResult, request);
      }
    });
  });
}
