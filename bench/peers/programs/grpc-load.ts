// Does a LoadJob until SECONDS are over, and prints a LoadReport. FILE SECONDS
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import http2, { type ClientHttp2Session } from 'node:http2';
import { FramedWrite } from '../../../src/protocols/reapi/framed-write.ts';
import { heldPayload } from '../../../src/protocols/shared/held-payload.ts';
import type { LoadJob, LoadReport } from '../grpc-load.ts';

const [file, seconds] = process.argv.slice(2);
const job = JSON.parse(readFileSync(file!, 'utf8')) as LoadJob;
const latenciesUs: number[] = [];
let failed = 0;
let answerBytes = 0;
const startedMs = performance.now();
const endMs = startedMs + Number(seconds) * 1000;

/** One after another until the time is over. */
async function repeat(once: () => Promise<boolean>): Promise<void> {
  for (let sentMs = performance.now(); sentMs < endMs; sentMs = performance.now()) {
    if (await once()) latenciesUs.push((performance.now() - sentMs) * 1000);
    else failed += 1;
  }
}

/** Enough that the server never waits for a window of ours. */
const windowBytes = 32 * 2 ** 20;

async function connect(): Promise<ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${job.port}`, {
    settings: { initialWindowSize: windowBytes, enablePush: false },
  });
  await once(session, 'connect');
  session.setLocalWindowSize(windowBytes);
  return session;
}

/**
 * Resolves to whether the call ended with status 0, with messages or, for a write, without bytes to
 * count.
 */
function call(session: ClientHttp2Session, path: string, body: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown;
    stream.on('response', (headers) => {
      status = headers['grpc-status'];
    });
    stream.on('trailers', (headers) => {
      status = headers['grpc-status'];
    });
    stream.on('data', (chunk: Buffer) => {
      answerBytes += chunk.length;
    });
    stream.on('error', () => {});
    stream.on('close', () => resolve(status === '0'));
    stream.end(body);
  });
}

const pool = randomBytes(2 ** 20);
const runId = randomBytes(8);
let made = 0;

/** Bytes that nobody has stored: a slice of the pool behind a number. */
function newBlob(sizeBytes: number): Buffer {
  made += 1;
  const blob = Buffer.allocUnsafe(sizeBytes);
  runId.copy(blob);
  blob.writeUInt32BE(made, 8);
  pool.copy(blob, 12, 0, sizeBytes - 12);
  return blob;
}

function writeBody(blob: Buffer): Buffer {
  const hash = createHash('sha256').update(blob).digest('hex');
  const resource = `uploads/${made}/blobs/${hash}/${blob.length}`;
  const write = new FramedWrite(resource, heldPayload(blob));
  const pieces: Buffer[] = [];
  for (let at = 0; at < write.sizeBytes; at += pieces.at(-1)!.length) pieces.push(write.piece(at));
  return Buffer.concat(pieces);
}

const agent = new Agent({ keepAlive: true });

function put(blob: Buffer): Promise<boolean> {
  const hash = createHash('sha256').update(blob).digest('hex');
  const url = `http://127.0.0.1:${job.port}/cas/${hash}`;
  return new Promise((resolve) => {
    const sent = request(url, { method: 'PUT', agent }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200));
    });
    sent.on('error', () => resolve(false));
    sent.end(blob);
  });
}

async function work(index: number): Promise<void> {
  const { work } = job;
  if (work.kind === 'http-put') {
    await Promise.all(
      Array.from({ length: job.calls }, () => repeat(() => put(newBlob(work.sizeBytes)))),
    );
    return;
  }
  const session = await connect();
  let next: () => Promise<boolean>;
  if (work.kind === 'grpc-write') {
    const path = '/google.bytestream.ByteStream/Write';
    next = () => call(session, path, writeBody(newBlob(work.sizeBytes)));
  } else {
    const frames = work.frames.map((frame) => Buffer.from(frame, 'base64'));
    let at = Math.floor((index * frames.length) / job.connections);
    next = () => {
      at = (at + 1) % frames.length;
      return call(session, work.path, frames[at]!);
    };
  }
  await Promise.all(Array.from({ length: job.calls }, () => repeat(next)));
  session.close();
}

await Promise.all(Array.from({ length: job.connections }, (_, index) => work(index)));
const tookMs = performance.now() - startedMs;
agent.destroy();
latenciesUs.sort((a, b) => a - b);
const quantile = (share: number): number =>
  latenciesUs[Math.floor(latenciesUs.length * share)] ?? 0;
const report: LoadReport = {
  succeeded: latenciesUs.length,
  failed,
  answerBytes,
  tookMs,
  p50Us: quantile(0.5),
  p99Us: quantile(0.99),
};
process.stdout.write(JSON.stringify(report));
