import http from 'node:http';
import type { HalfStore, Outcome, Speaker } from './under-test.ts';

/** How one HTTP protocol spells its requests. */
export interface HttpSpelling {
  readonly port: number;
  path(key: string): string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default PUT. */
  readonly storeMethod?: string;
}

/** Speaks HTTP, one connection per request. */
export function httpSpeaker(spelling: HttpSpelling): Speaker {
  const { port, path, headers = {}, storeMethod = 'PUT' } = spelling;
  const open = (method: string, key: string, length?: number): http.ClientRequest =>
    http.request({
      host: '127.0.0.1',
      port,
      method,
      path: path(key),
      agent: false,
      headers: { ...headers, ...(length === undefined ? {} : { 'content-length': length }) },
    });
  return {
    store: async (key, body) => {
      const request = open(storeMethod, key, body.length);
      const outcome = storeOutcome(request);
      request.end(body);
      return await outcome;
    },
    lookup: async (key) => {
      const request = open('GET', key);
      const answer = answerOf(request);
      request.end();
      return lookupOutcome(await answer);
    },
    beginStore: async (key, body): Promise<HalfStore> => {
      const request = open(storeMethod, key, body.length);
      const outcome = storeOutcome(request);
      const half = body.length >> 1;
      await new Promise<void>((resolve) => request.write(body.subarray(0, half), () => resolve()));
      return {
        finish: () => {
          request.end(body.subarray(half));
          return outcome;
        },
        breakOff: () => request.destroy(),
      };
    },
  };
}

type Answer = { readonly status: number; readonly body: Buffer } | 'broken';

async function storeOutcome(request: http.ClientRequest): Promise<Outcome> {
  const answer = await answerOf(request);
  if (answer === 'broken') return { kind: 'broken' };
  return answer.status >= 200 && answer.status < 300
    ? { kind: 'stored' }
    : { kind: 'refused', answer: String(answer.status) };
}

function lookupOutcome(answer: Answer): Outcome {
  if (answer === 'broken') return { kind: 'broken' };
  if (answer.status === 200) return { kind: 'hit', body: answer.body };
  if (answer.status === 404) return { kind: 'miss' };
  return { kind: 'refused', answer: String(answer.status) };
}

function answerOf(request: http.ClientRequest): Promise<Answer> {
  return new Promise((resolve) => {
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('close', () => {
        if (!response.complete) resolve('broken');
        else resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
      });
      response.on('error', () => resolve('broken'));
    });
    // A late write error after the answer does not matter: the answer has been resolved by then.
    request.on('error', () => resolve('broken'));
  });
}
