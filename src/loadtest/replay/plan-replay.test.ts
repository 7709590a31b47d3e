import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TraceEvent } from '../../core/trace/index.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { planReplay } from './plan-replay.ts';
import type { TracePlan } from './replay-plan.ts';
import { decodeStep, type ReplayStep } from './replay-step.ts';

const header = '{"trace":"memobuild","version":1,"startedAtMs":1000,"software":"0.2.0"}';

test('steps come in the order of their times, from the first on, a key always to one worker', async (t) => {
  const lines = Array.from({ length: 300 }, (_, n) =>
    event({
      t: 7_000_000 + n * 1000,
      key: `key-${n % 40}`,
      answer: n < 40 ? 'miss' : 'hit',
      size: 9,
    }),
  );
  const [first, ...rest] = lines;
  const { plan, steps } = await planned(t, [header, ...rest, first!].join('\n'), 3);
  assert.equal(plan.stepFiles.length, 3);
  const all = steps.flat().sort((a, b) => a.dueMs - b.dueMs);
  assert.deepEqual(
    all.map(({ dueMs }) => dueMs),
    lines.map((_, n) => n),
  );
  for (const [worker, mine] of steps.entries()) {
    assert.ok(mine.length > 50);
    assert.ok(mine.every(({ number }) => number % 3 === worker));
    assert.ok(mine.every(({ dueMs }, at) => at === 0 || mine[at - 1]!.dueMs <= dueMs));
  }
  const { figures } = plan;
  assert.equal(figures.durationMs, 299);
  assert.deepEqual([figures.events, figures.hits, figures.misses], [300, 260, 40]);
});

test('what was refused, failed or cannot be done again is left out and counted', async (t) => {
  const lines = [
    event({ answer: 'hit', size: 5 }),
    event({ op: 'write', answer: 'refused', code: 'too_large', size: 5 }),
    event({ op: 'write', answer: 'failed', code: 'aborted' }),
    event({ op: 'write', answer: 'exists', code: 'exists' }),
    event({ op: 'purge', key: undefined, answer: 'removed' }),
    event({ op: 'delete', answer: 'removed' }),
  ];
  const { plan } = await planned(t, [header, ...lines].join('\n'));
  const { events, replayed, refused, unsupported, operations } = plan.figures;
  assert.deepEqual(
    { events, replayed, refused, unsupported },
    {
      events: 6,
      replayed: 2,
      refused: 3,
      unsupported: 1,
    },
  );
  assert.deepEqual(operations, { read: 1, exists: 0, write: 0, delete: 1 });
  const without = await planned(t, [header, ...lines].join('\n'), 1, false);
  assert.equal(without.plan.figures.unsupported, 2);
});

test('cut-off lines, gaps and processes without an end are counted, the rest is replayed', async (t) => {
  const text = [
    header,
    '',
    event({ w: 1, answer: 'hit', size: 5 }),
    '{"t":123,"op":"re',
    'x'.repeat(20_000),
    event({ w: 2, answer: 'hit', size: 5 }),
    '{"t":-5,"op":"read","space":"ac","ns":"nnnn","key":"kkkk","answer":"hit","us":1,"proto":"b","w":1}',
    '{"end":{"w":2,"events":1,"dropped":4,"reason":"closed"}}',
    `${event({ w: 1 }).slice(0, 30)}`,
  ].join('\n');
  const { plan } = await planned(t, text);
  const { events, brokenLines, dropped, cutOff } = plan.figures;
  assert.deepEqual(
    { events, brokenLines, dropped, cutOff },
    {
      events: 2,
      brokenLines: 4,
      dropped: 4,
      cutOff: 1,
    },
  );
});

test('reading is given up when the run is', async (t) => {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  await writeFile(trace, `${header}\n${event()}`);
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(
    planReplay({ trace, dir, workers: 1, canRemove: true, storesOnce: false, signal }),
    /enough/,
  );
});

const hostile: readonly (readonly [string, string, RegExp])[] = [
  ['empty', '', /is empty/],
  ['no trace', 'hello\n', /was not recorded by memobuild serve/],
  ['a line without end', 'x'.repeat(1_000_000), /was not recorded by memobuild serve/],
  ['JSON, but no header', '{"a":1}\n', /was not recorded by memobuild serve/],
  ['null', 'null\n', /was not recorded by memobuild serve/],
  ['another version', header.replace('"version":1', '"version":7'), /format 7.*reads format 1/],
  ['a header alone', header, /holds no operation to replay/],
  ['nothing but rubbish', `${header}\n{}\n[]\n\u0000\n`, /holds no operation/],
  ['nothing to do again', `${header}\n${event({ answer: 'failed' })}`, /holds no operation/],
];

for (const [name, text, message] of hostile) {
  test(`refused: ${name}`, async (t) => {
    await assert.rejects(planned(t, text), (error: Error) => {
      assert.equal(error.name, 'ConfigError');
      assert.match(error.message, message);
      assert.match(error.message, /^the trace .*a\.trace/);
      return true;
    });
  });
}

test('a missing file, and a directory, are reported', async (t) => {
  const dir = await tempDir(t);
  const { signal } = new AbortController();
  const options = { dir, workers: 1, canRemove: true, storesOnce: false, signal };
  await assert.rejects(planReplay({ ...options, trace: join(dir, 'none') }), /the trace .*ENOENT/);
  await assert.rejects(planReplay({ ...options, trace: dir }), /the trace .*EISDIR/);
});

async function planned(
  t: TestContext,
  text: string,
  workers = 1,
  canRemove = true,
): Promise<{ plan: TracePlan; steps: (ReplayStep & { dueMs: number })[][] }> {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  await writeFile(trace, text);
  const { signal } = new AbortController();
  const plan = await planReplay({ trace, dir, workers, canRemove, storesOnce: false, signal });
  const steps = await Promise.all(
    plan.stepFiles.map(async (path) => {
      const bytes = await readFile(path);
      const numbers = new Float64Array(new Uint8Array(bytes).buffer);
      return Array.from({ length: numbers.length / 2 }, (_, n) => ({
        dueMs: numbers[2 * n]!,
        ...decodeStep(numbers[2 * n + 1]!),
      }));
    }),
  );
  return { plan, steps };
}

function event(change: Partial<TraceEvent> = {}): string {
  const whole: TraceEvent = {
    t: 5,
    op: 'read',
    space: 'ac',
    ns: 'nnnn',
    key: 'kkkk',
    answer: 'miss',
    us: 1,
    proto: 'bazel',
    w: 1,
    ...change,
  };
  return JSON.stringify(whole);
}
