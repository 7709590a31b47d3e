import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LoadTestRun, repeatWhileVoid, runAgainst } from './run-against.ts';

// The whole server pauses once, for 2 s of a 10 s run, after about 3 s of it.
const rate = 500;
const stall = { kind: 'stall', forMs: 2000 } as const;

test('open loop: a stall of 2 s in 10 s is in P99, charged from the due instant', async (t) => {
  const flags = `--clients 20 --rate ${rate} --duration 10 --size 1KiB --reread 0`;
  const run = await repeatWhileVoid(() =>
    runAgainst(t, [{ ...stall, afterLookups: 3 * rate }], flags),
  );
  const { latency, operations, errors_by_type, scheduled } = run.result;
  assert.equal(run.counts.injected.stall.GET + run.counts.injected.stall.PUT, 1);
  // Nothing was left out because the server was not there to be asked.
  assert.equal(scheduled, 10 * rate);
  assert.equal(operations.total, scheduled);
  assert.equal(operations.successful + errors_by_type.dropped!, operations.total);
  // 20 % of the operations fell due in the stall and waited 0 to 2 s, evenly: of all operations the
  // slowest 1 % waited at least 1.9 s, the slowest 5 % at least 1.5 s. A queue behind it only adds.
  assert.equal(latency.model, 'open');
  assert.ok(latency.p99_ms >= 1850, `p99 ${latency.p99_ms} ms`);
  assert.ok(latency.p95_ms >= 1400, `p95 ${latency.p95_ms} ms`);
  // A machine too busy for three attempts says VOID, and even then the row is judged.
  assert.equal(rowVerdict(run, 'p95'), 'FAIL');
  assert.ok(['FAIL', 'VOID'].includes(run.result.verdict.verdict), run.said);
  assert.equal(run.run.exitCode, run.result.verdict.verdict === 'FAIL' ? 1 : 4, run.said);
});

test('closed loop: the same stall delays one operation per client: a silence, and in the corrected P99 alone', async (t) => {
  const flags = '--clients 20 --requests 500 --duration 60 --size 1KiB --reread 0';
  const run = await runAgainst(t, [{ ...stall, afterLookups: 3000 }], flags);
  const { latency, operations } = run.result;
  assert.equal(latency.model, 'closed');
  assert.deepEqual(operations, { total: 10_000, successful: 10_000, failed: 0 });
  // This is what a closed loop is, and why the report says which it was: 20 of 10,000 operations
  // waited, all other clients had stopped asking. Only the maximum shows it.
  assert.ok(latency.max_ms >= 1950, `max ${latency.max_ms} ms`);
  assert.ok(latency.p99_ms < 1000, `p99 ${latency.p99_ms} ms`);
  assert.ok(latency.corrected!.p99_ms >= 1500, `corrected p99 ${latency.corrected!.p99_ms} ms`);
  // All clients of all generator threads waited at once.
  const silence = run.result.verdict.rows.find(({ metric }) => metric === 'longest_silence_ms')!;
  assert.ok(
    silence.measured! >= 1900 && silence.measured! < 5000,
    `silence ${silence.measured} ms`,
  );
  assert.equal(silence.verdict, 'INVESTIGATE');
});

function rowVerdict(run: LoadTestRun, metric: string): string | undefined {
  return run.result.verdict.rows.find((row) => row.metric.includes(metric))?.verdict;
}
