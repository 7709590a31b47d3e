import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { publicNamesOf } from '../testing/public-names.ts';

const names = publicNamesOf(join(import.meta.dirname, 'index.ts'));

test('memobuild/loadtest shows these names and no other', () => {
  assert.deepEqual(
    names.map(({ name }) => name),
    [
      'BodyCheck',
      'BodySink',
      'CapacityConfig',
      'CapacityOptions',
      'Comparison',
      'ComparisonAnswer',
      'ComparisonOptions',
      'ComparisonReport',
      'ConfigError',
      'Criteria',
      'FailureKind',
      'HttpExchange',
      'HttpReply',
      'HttpRequest',
      'LabelledRun',
      'LoadTestConfig',
      'LoadTestError',
      'LoadTestErrorCode',
      'LoadTestMetrics',
      'LoadTestOptions',
      'LoadTestResult',
      'LoadTestScenario',
      'LoadTestState',
      'LoadedResult',
      'OperationContext',
      'OperationFailure',
      'OperationResult',
      'Payload',
      'Progress',
      'RampOptions',
      'ResultFileError',
      'ResultFileProblem',
      'ResultOf',
      'RunResult',
      'ScenarioDefinition',
      'ScenarioModule',
      'SuiteOptions',
      'compareFiles',
      'compareRuns',
      'defaultCriteria',
      'findCapacity',
      'isSingleRun',
      'metricsOf',
      'payloadOf',
      'rampClients',
      'readCriteriaFile',
      'readResultFile',
      'readScenarioFile',
      'resultJsonSchema',
      'runLoadTest',
      'runScenarioSuite',
      'runsOf',
      'scenarios',
      'writeResultFile',
    ],
  );
});

test('each of them has a doc comment', () => {
  const bare = names.filter(({ doc }) => doc.trim() === '').map(({ name }) => name);
  assert.deepEqual(bare, []);
});
