import { createHash } from 'node:crypto';
import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { writeActionResult } from '../../src/protocols/shared/action-result.ts';
import { frameOf } from '../../src/protocols/shared/grpc/index.ts';
import { ByteStream } from '../../src/protocols/shared/protobuf/generated/bytestream.pb.ts';
import {
  ActionCache,
  ContentAddressableStorage,
} from '../../src/protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import type { Contender, Row, RowContext, Sample } from '../framework/row.ts';
import { freePort, type SpawnedServer } from '../framework/spawned.ts';
import { prepareWrk, type WrkLoad } from '../framework/wrk.ts';
import { exchange } from '../peers/data-set.ts';
import { type LoadJob, prepareLoad } from '../peers/grpc-load.ts';
import { startMemobuild } from '../peers/memobuild.ts';

/** gRPC's clients open few connections and have many calls under way on each. */
const connections = 4;
const grpcName = 'gRPC';
const httpName = 'HTTP';

/** The calls of the Remote Execution API beside what the HTTP path takes for the same entries. */
export const reapi: readonly Row[] = [
  actionResultRow(),
  findMissingRow(),
  batchReadRow(),
  readRow('reapi-read-1k', '1 KiB', { sizeBytes: 1024, count: 1000, inFlight: 64 }),
  readRow('reapi-read-64k', '64 KiB', { sizeBytes: 64 * 1024, count: 500, inFlight: 32 }),
  readRow('reapi-read-16m', '16 MiB', { sizeBytes: 16 * 2 ** 20, count: 4, inFlight: 4 }),
  writeRow(),
];

interface Blob {
  readonly hash: string;
  readonly bytes: Buffer;
}

interface Started {
  readonly server: SpawnedServer;
  readonly grpcPort: number;
  readonly client: GrpcClient;
}

function actionResultRow(): Row {
  const blobs = (): readonly Blob[] => createBlobs(1000, 100);
  const keyOf = ({ hash }: Blob): string => sha256(`action ${hash}`);
  const method = ActionCache.method.getActionResult;
  const start = async (context: RowContext): Promise<Started> => {
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
  return row('reapi-action-result', {
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
  const start = async (context: RowContext): Promise<Started> => {
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
  return row('reapi-find-missing', {
    title: `FindMissingBlobs, and POST /api/v1/exists, of ${keysARequest} digests, half of them there, 16 under way`,
    isBatch: true,
    grpc: grpcContender(
      start,
      16,
      () => ({ path: pathOf(method), frames: [encoded(method, request())] }),
      refine,
    ),
    http: wrkContender(
      start,
      () => ({ connections: 16, paths: ['/api/v1/exists'], method: 'POST', body: body() }),
      refine,
    ),
  });
}

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
  const start = async (context: RowContext): Promise<Started> => {
    const started = await startFilled(context, blobs());
    const { responses } = await started.client.unary(method, request());
    const whole = responses.filter(({ data, digest }) => sha256(data) === digest?.hash);
    if (whole.length !== blobsARequest) throw new Error(`${whole.length} blobs came`);
    return started;
  };
  const refine = (sample: Sample): Sample =>
    perMb(perKey(sample, blobsARequest), blobsARequest * sizeBytes);
  return row('reapi-batch-read', {
    title: `BatchReadBlobs, and POST /api/v1/fetch, of ${blobsARequest} blobs of 1 KiB, 16 under way`,
    isBatch: true,
    grpc: grpcContender(
      start,
      16,
      () => ({ path: pathOf(method), frames: [encoded(method, request())] }),
      refine,
    ),
    http: wrkContender(
      start,
      () => ({ connections: 16, paths: ['/api/v1/fetch'], method: 'POST', body: body() }),
      refine,
    ),
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
  const start = async (context: RowContext): Promise<Started> => {
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
  return row(name, {
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
  return row('reapi-write-64k', {
    title: `ByteStream.Write, and PUT /cas, of 64 KiB that were not there, ${inFlight} under way`,
    grpc: writing(grpcName, 'grpc-write'),
    http: writing(httpName, 'http-put'),
  });
}

function row(
  name: string,
  {
    title,
    grpc,
    http,
    isBatch = false,
  }: { title: string; grpc: Contender; http: Contender; isBatch?: boolean },
): Row {
  return {
    name,
    title,
    target: 10,
    tools: ['wrk'],
    columns: [
      'opsPerSec',
      ...(isBatch ? (['keysPerSec'] as const) : []),
      'p99Ms',
      'cpuUsPerOp',
      'cpuUsPerMb',
      'errors',
    ],
    contenders: [grpc, http],
    comparisons: [
      { ours: grpcName, metric: 'cpuUsPerOp', against: httpName },
      { ours: grpcName, metric: 'opsPerSec', against: httpName },
      { ours: grpcName, metric: 'errors', must: 0 },
    ],
    notes: [
      `Both are memobuild. gRPC is driven over ${connections} connections by a client of node:http2, HTTP by wrk (writes: by node:http), which takes less of the machine: compare the server's CPU.`,
    ],
  };
}

function grpcContender(
  start: (context: RowContext) => Promise<Started>,
  inFlight: number,
  work: () => { readonly path: string; readonly frames: readonly string[] },
  refine: (sample: Sample) => Sample = (sample) => sample,
): Contender {
  return {
    name: grpcName,
    role: 'ours',
    prepare: async (context) => {
      const { server, grpcPort } = await start(context);
      const job: LoadJob = {
        port: grpcPort,
        ...spread(inFlight),
        work: { kind: 'grpc', ...work() },
      };
      const drive = await prepareLoad(context, 'grpc', job);
      return { measure: async ({ seconds }) => refine(await drive(server, seconds)) };
    },
  };
}

function wrkContender(
  start: (context: RowContext) => Promise<Started>,
  load: () => WrkLoad,
  refine: (sample: Sample) => Sample = (sample) => sample,
): Contender {
  return {
    name: httpName,
    role: 'peer',
    prepare: async (context) => {
      const { server } = await start(context);
      const drive = await prepareWrk(context, 'http', load());
      return { measure: async ({ seconds }) => refine(await drive(server, seconds)) };
    },
  };
}

function spread(inFlight: number): { connections: number; calls: number } {
  return { connections, calls: inFlight / connections };
}

async function startFilled(context: RowContext, blobs: readonly Blob[]): Promise<Started> {
  const grpcPort = await freePort();
  const server = await startMemobuild(context, undefined, ['--grpc-port', String(grpcPort)]);
  for (const { hash, bytes } of blobs) await put(`${server.url}/cas/${hash}`, bytes);
  return { server, grpcPort, client: new GrpcClient(context, `127.0.0.1:${grpcPort}`) };
}

async function put(url: string, bytes: Buffer): Promise<void> {
  const { status } = await exchange(url, 'PUT', bytes);
  if (status !== 200) throw new Error(`PUT ${url}: ${status}`);
}

/** Always the same ones, of bytes that nothing along the way can compress. */
function createBlobs(count: number, sizeBytes: number): readonly Blob[] {
  return Array.from({ length: count }, (_, index) => {
    const hasher = createHash('shake256', { outputLength: sizeBytes });
    const bytes = hasher.update(`reapi ${sizeBytes} ${index}`).digest();
    return { hash: sha256(bytes), bytes };
  });
}

function encoded<I extends DescMessage>(
  method: DescMethod & { readonly input: I },
  fields: MessageInitShape<I>,
): string {
  return frameOf(toBinary(method.input, create(method.input, fields))).toString('base64');
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function perKey(sample: Sample, keysARequest: number): Sample {
  return { ...sample, keysPerSec: (sample.opsPerSec ?? 0) * keysARequest };
}

function perMb(sample: Sample, bytesAnOperation: number): Sample {
  return { ...sample, cpuUsPerMb: ((sample.cpuUsPerOp ?? 0) / bytesAnOperation) * 1e6 };
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
