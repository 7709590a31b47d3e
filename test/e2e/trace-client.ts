import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TraceEvent } from '../../src/core/trace/index.ts';
import type { RunResult } from '../../src/loadtest/internal.ts';
import { TraceReader } from '../../src/loadtest/replay/read-trace.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';

/** A short load test, or a replay; its verdict says something about the machine and is ignored. */
export async function load(dir: string, args: readonly string[]): Promise<RunResult> {
  const output = join(dir, `${Math.random()}.json`);
  const shape = args.includes('--replay')
    ? []
    : ['--requests', '60', '--duration', '10', '--working-set', '80', '--size', '1KiB:9,100KiB:1'];
  const run = await runMemobuild(
    ['loadtest', '--clients', '4', '--quiet', '--output', output, ...shape, ...args],
    { deadlineMs: 60_000 },
  );
  assert.ok([0, 1, 4].includes(run.exitCode ?? -1), `${run.exitCode}: ${run.stdout}${run.stderr}`);
  assert.deepEqual(run.leftFiles, [], 'no steps are left behind');
  return JSON.parse(await readFile(output, 'utf8')) as RunResult;
}

/** All of a trace. */
export async function read(
  trace: string,
): Promise<{ events: TraceEvent[]; figures: TraceReader['figures'] }> {
  const reader = new TraceReader(trace);
  const events: TraceEvent[] = [];
  for await (const batch of reader.batches()) events.push(...batch);
  return { events, figures: reader.figures };
}
