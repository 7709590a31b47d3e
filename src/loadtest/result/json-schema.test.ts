import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { judgedResult } from '../../testing/build-run-result.ts';
import { comparedConditions, type LoadTestConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { assembleSuite } from './assemble-suite.ts';
import { resultJsonSchema } from './json-schema.ts';
import type { CapacityResult } from './model/capacity.ts';
import type { RunResult } from './model/run.ts';
import type { ScalingResult } from './model/scaling.ts';
import { formatResult, parseResult } from './result-file.ts';

const schemaPath = join(import.meta.dirname, '..', '..', '..', 'docs', 'result.schema.json');

function resultOf(plan: MeasurementPlan = {}, given: LoadTestConfig = {}): RunResult {
  const config = resolveConfig(given);
  return judgedResult(buildMeasurement(plan), config);
}

const broke: CapacityResult['broke'] = [{ metric: 'p99_ms', text: 'P99 latency' }];
const capacity: CapacityResult = {
  outcome: 'found',
  stopped_by: 'resolution',
  highest_met: 100,
  lowest_not_met: 104,
  lowest_void: null,
  broke,
  knee: { rate: 100, p95_ms: 4 },
  limits: {
    start_rate: 50,
    max_rate: 1000,
    step_duration_secs: 5,
    step_duration_max_secs: 15,
    resolution: 0.05,
    steps_max: 40,
    search_duration_max_secs: 900,
  },
  steps: [
    {
      rate: 104,
      attempt: 2,
      verdict: 'not_met',
      rate_reached: 100,
      held_ms: 5000,
      steady: true,
      operations: 500,
      failed: 0,
      success_rate_percent: 100,
      p50_ms: 2,
      p95_ms: 4,
      p99_ms: null,
      hit_rate_percent: 75,
      broke,
      machine_cpu: 0.5,
      generator_cpu_cores: null,
      server_cpu_cores: null,
      server_memory_bytes_max: null,
    },
  ],
};
const scaling: ScalingResult = {
  points: [
    {
      clients: 1,
      ops_per_sec: 1000,
      p50_ms: 1,
      p95_ms: 2,
      p99_ms: 3,
      failed: 0,
      efficiency_percent: 100,
      expected_ops_per_sec: null,
    },
  ],
  law: null,
  law_quality: 'worthless',
  law_doubts: ['too few'],
};

function validator(): (value: unknown) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
  addFormats.default(ajv);
  const validate = ajv.compile(resultJsonSchema());
  return (value) => {
    // Text that is not JSON is not a result: the check is of what is written.
    const isValid = validate(JSON.parse(JSON.stringify(value)));
    assert.ok(isValid, JSON.stringify(validate.errors?.slice(0, 5), undefined, 1));
  };
}

test('docs/result.schema.json is what the program says (UPDATE=1 writes it)', async () => {
  const text = `${JSON.stringify(resultJsonSchema(), undefined, 2)}\n`;
  if (process.env.UPDATE === '1') await writeFile(schemaPath, text);
  assert.equal(await readFile(schemaPath, 'utf8'), text);
});

test('each field of a result is described', () => {
  const bare: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) visit(value, `${path}/${key}`);
    const { properties = {} } = node as { properties?: Record<string, { description?: string }> };
    for (const [name, field] of Object.entries(properties)) {
      if (field.description === undefined) bare.push(`${path}/${name}`);
    }
  };
  visit(resultJsonSchema(), '');
  assert.deepEqual(bare, []);
});

test('results of every sort keep to the schema', () => {
  const check = validator();
  check(resultOf());
  check(resultOf({}, { rate: 100, durationSecs: 60 }));
  check(resultOf({ hits: 0, misses: 0, durationMs: 0, latenciesMs: {} }));
  check(resultOf({ hits: 0, misses: 0, failures: { refused: 5 }, latenciesMs: {} }));
  check(resultOf({ durationMs: 300_000 }, { name: 'sustained', scale: 0.5 }));
  check(resultOf({ change: { stopReason: 'interrupted', scheduled: 5 } }));
  check(assembleSuite([resultOf({}, { name: 'light' })], new Date()));
  check({ ...assembleSuite([resultOf()], new Date()), capacity, scaling });
  check(assembleSuite([], new Date(), { reason: 'interrupted', interrupted: true }));
});

test('a search and a ramp are read back as they were written', () => {
  const { scenarios, timestamp, verdict, schema_version } = assembleSuite([resultOf()], new Date());
  const suite = { schema_version, timestamp, scenarios, verdict };
  const searched = { ...suite, capacity };
  const ramped = { ...suite, scaling };
  assert.deepEqual(parseResult(formatResult(searched), 's.json'), {
    kind: 'capacity',
    result: searched,
  });
  assert.deepEqual(parseResult(formatResult(ramped), 's.json'), {
    kind: 'scaling',
    result: ramped,
  });
  assert.throws(() => validator()({ ...suite, capacity: { ...capacity, outcome: 'perhaps' } }));
});

test('a result with a key that the schema does not have is refused', () => {
  assert.throws(() => validator()({ ...resultOf(), surprise: 1 }));
  assert.throws(() => validator()({ ...resultOf(), latency: undefined }));
});

test('a result from before there were these keys is read, and means what it meant then', () => {
  const result = resultOf();
  const old = JSON.parse(formatResult(result)) as {
    config: Record<string, unknown>;
    errors_by_type: Record<string, unknown>;
    connections?: unknown;
    latency: Record<string, unknown>;
  };
  const added = ['arrivals', 'max_connections', 'ramp_up_secs', 'think_ms', 'compressible'];
  for (const key of [...added, 'warmup_read_secs']) delete old.config[key];
  delete old.errors_by_type.generator;
  delete old.connections;
  for (const key of ['by_size', 'by_phase']) delete old.latency[key];
  const read = parseResult(JSON.stringify(old), 'old.json');
  assert.ok(read.kind === 'run');
  assert.equal(read.result.errors_by_type.generator, 0);
  const { think_ms, ramp_up_secs, compressible } = read.result.config;
  assert.deepEqual([think_ms, ramp_up_secs, compressible], [0, 0, 0]);
  for (const { what, textOf } of comparedConditions) {
    assert.equal(textOf(read.result.config), textOf(result.config), what);
  }
});
