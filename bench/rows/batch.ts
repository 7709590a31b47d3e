import { createHash } from 'node:crypto';
import { drivenByWrk, filled } from '../framework/contenders.ts';
import type { Row, Sample } from '../framework/row.ts';
import { createDataSet, type DataSet, exchange } from '../peers/data-set.ts';
import { startMemobuild } from '../peers/memobuild.ts';

/** Many keys in one request. No peer speaks this protocol, so the targets are absolute. */
export const batch: readonly Row[] = [existsRow(), fetchRow()];

const keyOf = (path: string): string => path.slice('/ac/'.length);

function existsRow(): Row {
  const keysARequest = 20_000;
  // Half of them are there.
  const dataSet = (): DataSet => createDataSet({ count: keysARequest / 2, sizeBytes: 100 });
  const body = (): string => {
    const absent = dataSet().paths.map((path) => sha256(`absent ${path}`));
    return JSON.stringify({ space: 'ac', keys: [...dataSet().paths.map(keyOf), ...absent] });
  };
  return {
    name: 'batch-exists',
    title: `Existence of ${keysARequest} keys per request, half of them there, 4 connections, wrk`,
    target: 5,
    tools: ['wrk'],
    columns: ['keysPerSec', 'opsPerSec', 'p50Ms', 'p99Ms', 'errors'],
    contenders: [
      drivenByWrk('memobuild', 'ours', {
        start: async (context) => {
          const server = await filled(startMemobuild(context), dataSet());
          const answer = await exchange(`${server.url}/api/v1/exists`, 'POST', body());
          const { missing }: { missing: unknown[] } = JSON.parse(answer.body.toString());
          if (missing.length !== keysARequest / 2) throw new Error(`${missing.length} are missing`);
          return server;
        },
        load: () => ({ connections: 4, paths: ['/api/v1/exists'], method: 'POST', body: body() }),
        refine: (sample) => perKey(sample, keysARequest),
      }),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'keysPerSec', must: 500_000 },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
  };
}

function fetchRow(): Row {
  const blobsARequest = 50;
  const dataSet = (): DataSet => createDataSet({ count: blobsARequest, sizeBytes: 1024 });
  const body = (): string => JSON.stringify({ space: 'ac', keys: dataSet().paths.map(keyOf) });
  return {
    name: 'batch-fetch',
    title: `${blobsARequest} blobs of 1 KiB per request, 16 connections, wrk`,
    target: 5,
    tools: ['wrk'],
    columns: ['keysPerSec', 'opsPerSec', 'bytesPerSec', 'p50Ms', 'p99Ms', 'errors'],
    contenders: [
      drivenByWrk('memobuild', 'ours', {
        start: async (context) => {
          const server = await filled(startMemobuild(context), dataSet());
          const answer = await exchange(`${server.url}/api/v1/fetch`, 'POST', body());
          if (answer.status !== 200 || answer.body.length < blobsARequest * 1024) {
            throw new Error(`fetch: ${answer.status} with ${answer.body.length} bytes`);
          }
          return server;
        },
        load: () => ({ connections: 16, paths: ['/api/v1/fetch'], method: 'POST', body: body() }),
        refine: (sample) => perKey(sample, blobsARequest),
      }),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'keysPerSec', must: 150_000 },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
  };
}

function perKey(sample: Sample, keysARequest: number): Sample {
  return { ...sample, keysPerSec: (sample.opsPerSec ?? 0) * keysARequest };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
