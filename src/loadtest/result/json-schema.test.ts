import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { type LoadTestConfig, resolveConfig } from '../config/index.ts';
import { judge } from '../verdict/index.ts';
import {
  assembleResult,
  assembleSuite,
  type EnvironmentResult,
  type RunResult,
  resultJsonSchema,
} from './index.ts';

const schemaPath = join(import.meta.dirname, '..', '..', '..', 'docs', 'result.schema.json');

const environment: EnvironmentResult = {
  memobuild_version: '0.2.0',
  node_version: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  os_release: '6.1',
  cpu_model: null,
  cpu_count: 2,
  memory_bytes: 8e9,
  commit: null,
  ci: false,
};

function resultOf(plan: MeasurementPlan = {}, given: LoadTestConfig = {}): RunResult {
  const config = resolveConfig(given);
  const measurement = buildMeasurement(plan);
  return assembleResult({ measurement, config, verdict: judge(measurement, config), environment });
}

function validator(): (value: unknown) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
  addFormats.default(ajv);
  const validate = ajv.compile(resultJsonSchema());
  return (value) => {
    // What is not JSON is no result: the check is of what is written.
    const isValid = validate(JSON.parse(JSON.stringify(value)));
    assert.ok(isValid, JSON.stringify(validate.errors?.slice(0, 5), undefined, 1));
  };
}

test('docs/result.schema.json is what the program says (UPDATE=1 writes it)', async () => {
  const text = `${JSON.stringify(resultJsonSchema(), undefined, 2)}\n`;
  if (process.env.UPDATE === '1') await writeFile(schemaPath, text);
  assert.equal(await readFile(schemaPath, 'utf8'), text);
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
  check(assembleSuite([], new Date(), { reason: 'interrupted', interrupted: true }));
});

test('a result with a key that the schema does not have is refused', () => {
  assert.throws(() => validator()({ ...resultOf(), surprise: 1 }));
  assert.throws(() => validator()({ ...resultOf(), latency: undefined }));
});
