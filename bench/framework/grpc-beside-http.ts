import { type LoadJob, prepareLoad } from '../peers/grpc-load.ts';
import type { ReapiServer } from '../peers/reapi.ts';
import type { Contender, Row, RowContext, Sample } from './row.ts';
import { prepareWrk, type WrkLoad } from './wrk.ts';

/** gRPC's clients open few connections and have many calls under way on each. */
const connections = 4;
export const grpcName = 'gRPC';
export const httpName = 'HTTP';

type Start = (context: RowContext) => Promise<ReapiServer>;
type Refine = (sample: Sample) => Sample;

/** A row that holds calls of the Remote Execution API beside the HTTP path to the same entries. */
export function besideHttp(
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

/** Calls of one method, driven by our own client. */
export function grpcContender(
  start: Start,
  inFlight: number,
  work: () => { readonly path: string; readonly frames: readonly string[] },
  refine: Refine = (sample) => sample,
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

/** The same entries over HTTP, driven by wrk. */
export function wrkContender(
  start: Start,
  load: () => WrkLoad,
  refine: Refine = (sample) => sample,
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

/** One batch request, sent again and again over both, 16 under way. */
export function batchContenders(
  start: Start,
  refine: Refine,
  work: {
    readonly grpc: () => { readonly path: string; readonly frames: readonly string[] };
    readonly http: () => { readonly path: string; readonly body: string };
  },
): { readonly isBatch: true; readonly grpc: Contender; readonly http: Contender } {
  const inFlight = 16;
  const load = (): WrkLoad => {
    const { path, body } = work.http();
    return { connections: inFlight, paths: [path], method: 'POST', body };
  };
  return {
    isBatch: true,
    grpc: grpcContender(start, inFlight, work.grpc, refine),
    http: wrkContender(start, load, refine),
  };
}

/** So many calls under way, spread over the connections. */
export function spread(inFlight: number): { connections: number; calls: number } {
  return { connections, calls: inFlight / connections };
}

/** Adds the keys per second of calls with many keys. */
export function perKey(sample: Sample, keysARequest: number): Sample {
  return { ...sample, keysPerSec: (sample.opsPerSec ?? 0) * keysARequest };
}

/** Adds the CPU for each megabyte of what a call moves. */
export function perMb(sample: Sample, bytesAnOperation: number): Sample {
  return { ...sample, cpuUsPerMb: ((sample.cpuUsPerOp ?? 0) / bytesAnOperation) * 1e6 };
}
