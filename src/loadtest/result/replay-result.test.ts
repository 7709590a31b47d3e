import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ReplayPlan } from '../replay/replay-plan.ts';
import { judge } from '../verdict/judge.ts';
import { assembleResult } from './assemble-result.ts';
import { readEnvironment } from './environment.ts';
import { formatResult, parseResult } from './result-file.ts';

const plan: ReplayPlan = {
  stepFiles: [],
  warmSizes: new Float64Array(3),
  newSizes: new Float64Array(0),
  speed: 2,
  figures: {
    trace: 'monday.trace',
    sha256: '0'.repeat(64),
    startedAtMs: 0,
    events: 12,
    replayed: 10,
    operations: { read: 8, exists: 0, write: 2, delete: 0 },
    hits: 6,
    misses: 2,
    refused: 0,
    unsupported: 2,
    dropped: 0,
    brokenLines: 0,
    outOfOrder: 0,
    cutOff: 0,
    keys: 5,
    keysRenewed: 0,
    storedBytes: 1024,
    durationMs: 3000,
    peakPerSec: 5,
  },
};

test('a run that replayed a trace is of the kind replay, and its plan says how fast it was', async () => {
  const measurement = buildMeasurement({});
  const config = resolveConfig({});
  const verdict = judge(measurement, config);
  const environment = await readEnvironment();
  const run = { measurement, config, verdict, environment };
  const read = parseResult(formatResult(assembleResult({ ...run, replay: plan })), 'r.json');
  assert.ok(read.kind === 'replay', read.kind);
  const { speed, recorded_hit_rate_percent: hitRate, planned_duration_ms: ms } = read.result.replay;
  assert.deepEqual([speed, hitRate, ms], [2, 75, 1500]);
  assert.ok(read.result.notes.includes('trace: 2 purges and removals are left out'));
  assert.equal(parseResult(formatResult(assembleResult(run)), 'r.json').kind, 'run');
});
