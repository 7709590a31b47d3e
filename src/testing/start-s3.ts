import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import S3rver from 's3rver';
import type { Cleanup } from './cleanup.ts';
import { tempDir } from './temp-dir.ts';

/** An S3 server on the loopback, with a way to it that can fail. */
export interface StartedS3 {
  readonly url: string;
  readonly bucket: string;
  /** What the way does from now on. */
  fault: S3Fault | undefined;
  /** Requests that came, whatever their outcome. */
  readonly requests: number;
  /** Names of all objects. */
  objects(): Promise<string[]>;
  /** Changes the last byte of an object. */
  damage(name: string): Promise<void>;
}

/**
 * `down`: connections break; `silent`: no answer comes; `cut`: bodies break off midway; `cut, then down`:
 * so does the next one, and then connections break; a number: that status.
 */
export type S3Fault = 'down' | 'silent' | 'cut' | 'cut, then down' | 500 | 503;

/** Starts one with a bucket of its own. The credentials of this process become those that it takes. */
export async function startS3(t: Cleanup): Promise<StartedS3> {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' });
  const bucket = 'cache';
  const directory = await tempDir(t);
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = await server.run();
  t.after(() => server.close());
  const way = await startWay(t, port);
  const suffix = '._S3rver_object';
  return {
    url: way.url,
    bucket,
    get fault() {
      return way.state.fault;
    },
    set fault(fault) {
      way.state.fault = fault;
    },
    get requests() {
      return way.state.requests;
    },
    objects: async () => {
      const paths = await readdir(join(directory, bucket), { recursive: true });
      return paths.flatMap((path) =>
        path.endsWith(suffix) ? [path.slice(0, -suffix.length)] : [],
      );
    },
    damage: async (name) => {
      const path = join(directory, bucket, `${name}${suffix}`);
      const bytes = await readFile(path);
      const at = bytes.byteLength - 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
  };
}

async function startWay(t: Cleanup, port: number) {
  const state: { fault: S3Fault | undefined; requests: number } = { fault: undefined, requests: 0 };
  const server = createServer((incoming, answer) => {
    const { fault } = state;
    state.requests += 1;
    if (fault === 'silent') return;
    if (fault === 'down') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 500 || fault === 503) {
      incoming.resume();
      answer.writeHead(fault, { 'content-type': 'application/xml' });
      const code = fault === 503 ? 'SlowDown' : 'InternalError';
      answer.end(`<Error><Code>${code}</Code><Message>on purpose</Message></Error>`);
      return;
    }
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      const isCut = method === 'GET' && (fault === 'cut' || fault === 'cut, then down');
      if (!isCut) {
        reply.pipe(answer);
        return;
      }
      answer.on('close', () => {
        if (fault === 'cut, then down') state.fault = 'down';
      });
      cutShort(reply, answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, state };
}

/** Lets a body through up to a piece in the middle. */
function cutShort(reply: NodeJS.ReadableStream, answer: ServerResponse): void {
  let passedBytes = 0;
  reply.on('data', (piece: Buffer) => {
    passedBytes += piece.byteLength;
    answer.write(piece);
    if (passedBytes > cutAfterBytes) answer.destroy();
  });
  reply.on('end', () => answer.end());
}

/** More than the 256 KiB that are compared at once. */
const cutAfterBytes = 300_000;
