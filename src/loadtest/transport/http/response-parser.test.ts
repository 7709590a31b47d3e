import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OperationFailure } from '../../../protocols/shared/load-client.ts';
import { headBytesMax, ResponseParser } from './response-parser.ts';

/** What came of an answer: whole with status and body, still incomplete, or a failure's kind. */
type Outcome = { status: number; body: string; keepAlive: boolean } | 'incomplete' | 'protocol';

function parse(parts: readonly Buffer[], { isHead = false, ends = false } = {}): Outcome {
  const parser = new ResponseParser();
  let body = '';
  parser.begin(isHead, (chunk) => {
    body += chunk.toString('latin1');
  });
  const whole = (): Outcome => {
    assert.equal(parser.bodyBytes, body.length);
    return { status: parser.status, body, keepAlive: parser.keepAlive };
  };
  try {
    for (const [index, part] of parts.entries()) {
      // The connection reads into the same memory again: nothing may point into it afterwards.
      const scratch = Buffer.from(part);
      const isWhole = parser.push(scratch);
      scratch.fill('?');
      if (!isWhole) continue;
      if (index < parts.length - 1) return 'protocol';
      return whole();
    }
  } catch (error) {
    assert.ok(error instanceof OperationFailure);
    assert.equal(error.kind, 'protocol');
    return 'protocol';
  }
  return ends && parser.end() ? whole() : 'incomplete';
}

const ok = (status: number, body: string, keepAlive = true): Outcome => ({
  status,
  body,
  keepAlive,
});

const cases: readonly {
  name: string;
  text: string;
  isHead?: boolean;
  ends?: boolean;
  outcome: Outcome;
}[] = [
  {
    name: 'a length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    outcome: ok(200, 'hello'),
  },
  { name: 'no reason', text: 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', outcome: ok(404, '') },
  {
    name: 'names in any case, blanks around values',
    text: 'HTTP/1.1 200 OK\r\ncOnTeNt-lEnGtH:\t 2 \t\r\n\r\nab',
    outcome: ok(200, 'ab'),
  },
  {
    name: 'chunks, an extension, trailers',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a="b"\r\nhello\r\n00A\r\n, all well\r\n0\r\nX: y\r\nZ:\r\n\r\n',
    outcome: ok(200, 'hello, all well'),
  },
  {
    name: 'a close as its end',
    text: 'HTTP/1.1 200 OK\r\n\r\nuntil the end',
    ends: true,
    outcome: ok(200, 'until the end', false),
  },
  {
    name: 'HTTP/1.0 closes by default',
    text: 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na',
    outcome: ok(200, 'a', false),
  },
  {
    name: 'HTTP/1.0 that keeps alive',
    text: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na',
    outcome: ok(200, 'a'),
  },
  {
    name: 'close among other options',
    text: 'HTTP/1.1 200 OK\r\nConnection: foo , Close\r\nContent-Length: 0\r\n\r\n',
    outcome: ok(200, '', false),
  },
  {
    name: 'interim answers first',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok',
    outcome: ok(201, 'ok'),
  },
  {
    name: 'to a HEAD there is no body, whatever the length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
    isHead: true,
    outcome: ok(200, ''),
  },
  { name: '204 has no body', text: 'HTTP/1.1 204 No Content\r\n\r\n', outcome: ok(204, '') },
  {
    name: '304 has no body, whatever the length',
    text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    outcome: ok(304, ''),
  },
  {
    name: 'bytes beyond ASCII in values',
    text: 'HTTP/1.1 200 \xe9t\xe9\r\nX: \xff\r\nContent-Length: 0\r\n\r\n',
    outcome: ok(200, ''),
  },

  { name: 'a head without its end', text: 'HTTP/1.1 200 OK\r\nContent-Le', outcome: 'incomplete' },
  {
    name: 'a body without its end',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell',
    ends: true,
    outcome: 'incomplete',
  },
  {
    name: 'chunks without their end',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
    ends: true,
    outcome: 'incomplete',
  },

  { name: 'another protocol', text: 'SSH-2.0-OpenSSH_9.2\r\n', outcome: 'protocol' },
  { name: 'HTTP/2', text: 'HTTP/2 200 OK\r\n\r\n', outcome: 'protocol' },
  { name: 'a status of two digits', text: 'HTTP/1.1 20 OK\r\n\r\n', outcome: 'protocol' },
  { name: 'a status that is malformed', text: 'HTTP/1.1 099 OK\r\n\r\n', outcome: 'protocol' },
  { name: 'a lone LF', text: 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', outcome: 'protocol' },
  { name: 'a lone CR', text: 'HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n', outcome: 'protocol' },
  { name: 'a NUL', text: 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n', outcome: 'protocol' },
  { name: 'a folded line', text: 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n', outcome: 'protocol' },
  {
    name: 'a blank before the colon',
    text: 'HTTP/1.1 200 OK\r\nX : a\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a line without a colon',
    text: 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n',
    outcome: 'protocol',
  },
  { name: 'a name of no letters', text: 'HTTP/1.1 200 OK\r\n: a\r\n\r\n', outcome: 'protocol' },
  {
    name: 'two lengths that differ',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    outcome: 'protocol',
  },
  {
    name: 'two lengths that agree',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
    outcome: 'protocol',
  },
  {
    name: 'a list of lengths',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na',
    outcome: 'protocol',
  },
  {
    name: 'a signed length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na',
    outcome: 'protocol',
  },
  {
    name: 'an empty length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na',
    outcome: 'protocol',
  },
  {
    name: 'a length past what a number holds',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\na',
    outcome: 'protocol',
  },
  {
    name: 'a length beside chunks',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'another transfer coding',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'chunked twice',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'chunks in HTTP/1.0',
    text: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'an interim answer in HTTP/1.0',
    text: 'HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a chunk extension without a value',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\r\nx\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a trailer that is not a field',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a chunk longer than its size',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a chunk size of no digits',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;a\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a chunk size in another base',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'a chunk too large to be counted',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000\r\n',
    outcome: 'protocol',
  },
  {
    name: 'another protocol, switched to',
    text: 'HTTP/1.1 101 Switching\r\n\r\n',
    outcome: 'protocol',
  },
  {
    name: 'interim answers without end',
    text: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17),
    outcome: 'protocol',
  },
  {
    name: 'bytes after the end',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab',
    outcome: 'protocol',
  },
  { name: 'a body after a 204', text: 'HTTP/1.1 204 No Content\r\n\r\nx', outcome: 'protocol' },
  {
    name: 'a head without end',
    text: `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(headBytesMax)}`,
    outcome: 'protocol',
  },
];

describe('an answer is read the same way wherever it is cut', () => {
  for (const { name, text, outcome, ...how } of cases) {
    test(name, () => {
      const bytes = Buffer.from(text, 'latin1');
      assert.deepEqual(parse([bytes], how), outcome, 'in one piece');
      const step = Math.ceil(bytes.length / 300);
      for (let cut = 1; cut < bytes.length; cut += step) {
        const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
        assert.deepEqual(parse(parts, how), outcome, `cut at ${cut}`);
      }
      if (bytes.length > 1000) return;
      const single = [...bytes].map((byte) => Buffer.of(byte));
      assert.deepEqual(parse(single, how), outcome, 'byte by byte');
    });
  }
});

test('headers are found by lower-case name, and repeated ones joined', () => {
  const parser = new ResponseParser();
  parser.begin(false, undefined);
  parser.push(
    Buffer.from(
      'HTTP/1.1 200 OK\r\nETag:  "a" \r\nX-A: 1\r\nx-a: 2\r\nKeep-Alive: timeout=5, max=9\r\nContent-Length: 0\r\n\r\n',
    ),
  );
  assert.equal(parser.header('etag'), '"a"');
  assert.equal(parser.header('x-a'), '1, 2');
  assert.equal(parser.header('x'), undefined);
  assert.equal(parser.keepAliveSecs, 5);
});

test('one parser reads answer after answer, each from a clean start', () => {
  const parser = new ResponseParser();
  const bodies: string[] = [];
  for (const body of ['one', '', 'three']) {
    parser.begin(false, (chunk, status) => bodies.push(`${status} ${chunk.toString()}`));
    const text = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    assert.equal(parser.begun, false);
    assert.equal(parser.push(Buffer.from(text)), true);
    assert.equal(parser.bodyBytes, body.length);
  }
  assert.deepEqual(bodies, ['200 one', '200 three']);
});
