import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createCache } from '../../cache/index.ts';
import { sha256Of, silentLogger } from '../../core/index.ts';
import { type TraceEvent, traceEventSchema } from '../../core/trace/index.ts';
import { createMemoryStore } from '../../storage/drivers/memory/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import type { RecordedOperation } from './recorded-cache.ts';
import { createLineWriter, joinTrace } from './trace-recorder.ts';

const hash = sha256Of('what a client stores');
const entry: EntryKey = { space: 'ac', namespace: 'team-secret', key: hash };
const startedAtMs = performance.timeOrigin;

test('a line holds nothing that a client said', () => {
  const write = createLineWriter({ secret: 'ab'.repeat(32), startedAtMs }, 7);
  const line = write(operationOn(entry, 'team-secret'));
  const event = traceEventSchema.parse(JSON.parse(line));
  assert.equal(line.includes('secret'), false);
  for (let at = 0; at + 6 <= hash.length; at += 1) {
    assert.equal(line.includes(hash.slice(at, at + 6)), false, `part of the key from ${at}`);
  }
  assert.deepEqual(
    { ...event, ns: '', key: '' },
    {
      t: 5000,
      op: 'read',
      space: 'ac',
      ns: '',
      key: '',
      answer: 'hit',
      size: 12,
      us: 250,
      proto: 'bazel',
      w: 7,
    },
  );
});

test('equal keys are equal within a trace, in every process, and differ between traces', () => {
  const settings = { secret: randomBytes(32).toString('hex'), startedAtMs };
  const [one, other] = [1, 2].map((worker) => createLineWriter(settings, worker)) as [Write, Write];
  const foreign = createLineWriter({ ...settings, secret: randomBytes(32).toString('hex') }, 1);
  const eventOf = (write: Write, key: EntryKey, namespace: string): TraceEvent =>
    JSON.parse(write(operationOn(key, namespace))) as TraceEvent;
  const first = eventOf(one, entry, 'team-secret');
  assert.deepEqual({ ...eventOf(other, entry, 'team-secret'), w: 1 }, first);
  assert.notEqual(eventOf(foreign, entry, 'team-secret').key, first.key);
  assert.notEqual(eventOf(foreign, entry, 'team-secret').ns, first.ns);
  const elsewhere = eventOf(one, { ...entry, namespace: 'other' }, 'other');
  assert.notEqual(elsewhere.key, first.key, 'the same key of another namespace is another entry');
  assert.notEqual(elsewhere.ns, first.ns);
  const blob: EntryKey = { space: 'cas', hash };
  const [mine, theirs] = [eventOf(one, blob, 'a'), eventOf(one, blob, 'b')];
  assert.equal(mine.key, theirs.key, 'blobs are shared');
  assert.notEqual(mine.key, first.key);
});

test("a tool's namespace says which tool asked, and not which team", () => {
  const write = createLineWriter({ secret: '00', startedAtMs }, 1);
  const key: EntryKey = { space: 'ac', namespace: 'turborepo:the-team', key: 'x' };
  const line = write(operationOn(key, 'turborepo:the-team'));
  const event = JSON.parse(line) as TraceEvent;
  assert.equal(event.proto, 'turborepo');
  assert.equal(event.space, 'artifact');
  assert.equal(line.includes('the-team'), false);
});

test('a process that cannot open the trace says so and serves', async () => {
  const logged: string[] = [];
  const logger = { ...silentLogger, error: (_: object, text: string) => logged.push(text) };
  const settings = { path: '/none/a.trace', sizeBytesMax: 1, secret: '00', startedAtMs };
  const cache = createCache({ store: createMemoryStore({ maxBytes: 1000 }) });
  assert.equal((await joinTrace(settings, logger))(cache), cache);
  assert.deepEqual(logged, ['this process serves without recording']);
});

test('what only looks like a tool is not repeated', () => {
  const write = createLineWriter({ secret: '00', startedAtMs }, 1);
  for (const namespace of ['acme/x:y', 'acme:turborepo', ':acme', 'acme']) {
    const line = write(operationOn({ space: 'ac', namespace, key: 'x' }, namespace));
    assert.equal(line.includes('acme'), false, namespace);
    assert.equal((JSON.parse(line) as TraceEvent).proto, 'bazel');
  }
});

type Write = ReturnType<typeof createLineWriter>;

function operationOn(key: EntryKey, namespace: string): RecordedOperation {
  return {
    op: 'read',
    key,
    namespace,
    protocol: 'bazel',
    answer: 'hit',
    sizeBytes: 12,
    startedMs: 5,
    durationMs: 0.25,
  };
}
