import assert from 'node:assert/strict';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { StartSuiteServer } from './under-test.ts';

/** One request as a tool sent it, and what this server answered when it was recorded. */
export interface RecordedExchange {
  readonly method: string;
  /** With query, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string;
  readonly status: number;
  /** Base64. */
  readonly answer: string;
}

/** Sends a recorded dialogue again, to an empty server: each answer must be what the tool was content with. */
export function describeRecorded(
  name: string,
  exchanges: readonly RecordedExchange[],
  start: StartSuiteServer,
): void {
  test(`recorded: ${name} is answered as it was`, async (t) => {
    const { port } = await start(t);
    assert.ok(exchanges.length > 0);
    for (const exchange of exchanges) {
      const { status, body } = await send(port, exchange);
      const what = `${exchange.method} ${exchange.path}`;
      assert.equal(status, exchange.status, what);
      assert.equal(body.toString('base64'), exchange.answer, what);
    }
  });
}

async function send(
  port: number,
  { method, path, headers, body }: RecordedExchange,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  request.end(Buffer.from(body, 'base64'));
  const response = await answer;
  return { status: response.statusCode ?? 0, body: await buffer(response) };
}
