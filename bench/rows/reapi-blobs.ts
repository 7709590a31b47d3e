import { createHash } from 'node:crypto';
import { ByteStream } from '../../src/protocols/shared/protobuf/generated/bytestream.pb.ts';
import { ContentAddressableStorage } from '../../src/protocols/shared/protobuf/generated/remote-execution.pb.ts';
import {
  batchContenders,
  besideHttp,
  grpcContender,
  grpcName,
  httpName,
  perKey,
  perMb,
  spread,
  wrkContender,
} from '../framework/grpc-beside-http.ts';
import type { Contender, Row, RowContext, Sample } from '../framework/row.ts';
import { prepareLoad } from '../peers/grpc-load.ts';
import {
  type Blob,
  createBlobs,
  encoded,
  pathOf,
  type ReapiServer,
  sha256,
  startFilled,
} from '../peers/reapi.ts';

/** Calls of the Remote Execution API that move bytes. */
export const reapiBlobs: readonly Row[] = [
  batchReadRow(),
  readRow('reapi-read-1k', '1 KiB', { sizeBytes: 1024, count: 1000, inFlight: 64 }),
  readRow('reapi-read-64k', '64 KiB', { sizeBytes: 64 * 1024, count: 500, inFlight: 32 }),
  readRow('reapi-read-16m', '16 MiB', { sizeBytes: 16 * 2 ** 20, count: 4, inFlight: 4 }),
  writeRow(),
];

function batchReadRow(): Row {
  const blobsARequest = 50;
  const sizeBytes = 1024;
  const blobs = (): readonly Blob[] => createBlobs(blobsARequest, sizeBytes);
  const method = ContentAddressableStorage.method.batchReadBlobs;
  const request = () => ({
    digests: blobs().map(({ hash }) => ({ hash, sizeBytes: BigInt(sizeBytes) })),
  });
  const body = (): string =>
    JSON.stringify({ space: 'cas', keys: blobs().map(({ hash }) => hash) });
  const start = async (context: RowContext): Promise<ReapiServer> => {
    const started = await startFilled(context, blobs());
    const { responses } = await started.client.unary(method, request());
    const whole = responses.filter(({ data, digest }) => sha256(data) === digest?.hash);
    if (whole.length !== blobsARequest) throw new Error(`${whole.length} blobs came`);
    return started;
  };
  const refine = (sample: Sample): Sample =>
    perMb(perKey(sample, blobsARequest), blobsARequest * sizeBytes);
  return besideHttp('reapi-batch-read', {
    title: `BatchReadBlobs, and POST /api/v1/fetch, of ${blobsARequest} blobs of 1 KiB, 16 under way`,
    ...batchContenders(start, refine, {
      grpc: () => ({ path: pathOf(method), frames: [encoded(method, request())] }),
      http: () => ({ path: '/api/v1/fetch', body: body() }),
    }),
  });
}

function readRow(
  name: string,
  size: string,
  { sizeBytes, count, inFlight }: { sizeBytes: number; count: number; inFlight: number },
): Row {
  const blobs = (): readonly Blob[] => createBlobs(count, sizeBytes);
  const method = ByteStream.method.read;
  const request = ({ hash }: Blob) => ({ resourceName: `blobs/${hash}/${sizeBytes}` });
  const start = async (context: RowContext): Promise<ReapiServer> => {
    const started = await startFilled(context, blobs());
    const [first] = blobs();
    const hasher = createHash('sha256');
    for await (const { data } of started.client.serverStream(method, request(first!))) {
      hasher.update(data);
    }
    if (hasher.digest('hex') !== first!.hash) throw new Error('other bytes came');
    return started;
  };
  const refine = (sample: Sample): Sample => perMb(sample, sizeBytes);
  return besideHttp(name, {
    title: `ByteStream.Read, and GET /cas, of ${size}, ${inFlight} under way`,
    grpc: grpcContender(
      start,
      inFlight,
      () => ({
        path: pathOf(method),
        frames: blobs().map((blob) => encoded(method, request(blob))),
      }),
      refine,
    ),
    http: wrkContender(
      start,
      () => ({ connections: inFlight, paths: blobs().map(({ hash }) => `/cas/${hash}`) }),
      refine,
    ),
  });
}

function writeRow(): Row {
  const sizeBytes = 64 * 1024;
  const inFlight = 16;
  const writing = (name: string, kind: 'grpc-write' | 'http-put'): Contender => ({
    name,
    role: kind === 'grpc-write' ? 'ours' : 'peer',
    prepare: async (context) => {
      const { server, grpcPort } = await startFilled(context, []);
      const drive = await prepareLoad(context, kind, {
        port: kind === 'grpc-write' ? grpcPort : server.port,
        ...spread(inFlight),
        work: { kind, sizeBytes },
      });
      return { measure: async ({ seconds }) => perMb(await drive(server, seconds), sizeBytes) };
    },
  });
  return besideHttp('reapi-write-64k', {
    title: `ByteStream.Write, and PUT /cas, of 64 KiB that were not there, ${inFlight} under way`,
    grpc: writing(grpcName, 'grpc-write'),
    http: writing(httpName, 'http-put'),
  });
}
