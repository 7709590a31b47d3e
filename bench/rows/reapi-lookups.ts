import { writeActionResult } from '../../src/protocols/shared/action-result.ts';
import {
  ActionCache,
  ContentAddressableStorage,
} from '../../src/protocols/shared/protobuf/generated/remote-execution.pb.ts';
import {
  batchContenders,
  besideHttp,
  grpcContender,
  perKey,
  wrkContender,
} from '../framework/grpc-beside-http.ts';
import type { Row, RowContext, Sample } from '../framework/row.ts';
import { exchange } from '../peers/data-set.ts';
import {
  type Blob,
  createBlobs,
  encoded,
  pathOf,
  put,
  type ReapiServer,
  sha256,
  startFilled,
} from '../peers/reapi.ts';

/** Calls of the Remote Execution API that look something up. */
export const reapiLookups: readonly Row[] = [actionResultRow(), findMissingRow()];

function actionResultRow(): Row {
  const blobs = (): readonly Blob[] => createBlobs(1000, 100);
  const keyOf = ({ hash }: Blob): string => sha256(`action ${hash}`);
  const method = ActionCache.method.getActionResult;
  const start = async (context: RowContext): Promise<ReapiServer> => {
    const started = await startFilled(context, blobs());
    for (const blob of blobs()) {
      const result = writeActionResult({ hash: blob.hash, sizeBytes: blob.bytes.length });
      await put(`${started.server.url}/ac/${keyOf(blob)}`, Buffer.from(result));
    }
    const [first] = blobs();
    const actionDigest = { hash: keyOf(first!), sizeBytes: 1n };
    const found = await started.client.unary(method, { actionDigest });
    if (found.outputFiles[0]?.digest?.hash !== first!.hash) throw new Error('another result');
    return started;
  };
  return besideHttp('reapi-action-result', {
    title: 'GetActionResult, and GET /ac, of a result with one output, 64 under way',
    grpc: grpcContender(start, 64, () => ({
      path: pathOf(method),
      frames: blobs().map((blob) =>
        encoded(method, { actionDigest: { hash: keyOf(blob), sizeBytes: 1n } }),
      ),
    })),
    http: wrkContender(start, () => ({
      connections: 64,
      paths: blobs().map((blob) => `/ac/${keyOf(blob)}`),
    })),
  });
}

function findMissingRow(): Row {
  const keysARequest = 1000;
  const blobs = (): readonly Blob[] => createBlobs(keysARequest / 2, 100);
  const hashes = (): readonly string[] =>
    blobs().flatMap(({ hash }) => [hash, sha256(`absent ${hash}`)]);
  const method = ContentAddressableStorage.method.findMissingBlobs;
  const request = () => ({ blobDigests: hashes().map((hash) => ({ hash, sizeBytes: 100n })) });
  const body = (): string => JSON.stringify({ space: 'cas', keys: hashes() });
  const start = async (context: RowContext): Promise<ReapiServer> => {
    const started = await startFilled(context, blobs());
    const { missingBlobDigests } = await started.client.unary(method, request());
    const answer = await exchange(`${started.server.url}/api/v1/exists`, 'POST', body());
    const { missing }: { missing: unknown[] } = JSON.parse(answer.body.toString());
    for (const { length } of [missingBlobDigests, missing]) {
      if (length !== keysARequest / 2) throw new Error(`${length} are missing`);
    }
    return started;
  };
  const refine = (sample: Sample): Sample => perKey(sample, keysARequest);
  return besideHttp('reapi-find-missing', {
    title: `FindMissingBlobs, and POST /api/v1/exists, of ${keysARequest} digests, half of them there, 16 under way`,
    ...batchContenders(start, refine, {
      grpc: () => ({ path: pathOf(method), frames: [encoded(method, request())] }),
      http: () => ({ path: '/api/v1/exists', body: body() }),
    }),
  });
}
