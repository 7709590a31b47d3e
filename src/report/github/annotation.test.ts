import assert from 'node:assert/strict';
import test from 'node:test';
import type { ComparisonReport, LoadTestResult } from '../../loadtest/internal.ts';
import { annotateComparison, annotateResult, annotationLine } from './annotation.ts';

test('a text of several lines, or with what ends a property, stays one message', () => {
  assert.equal(
    annotationLine({ level: 'error', title: 'a: b, 5 %', message: '100 %\r\n::error::x' }),
    '::error title=a%3A b%2C 5 %25::100 %25%0D%0A::error::x',
  );
});

const resultOf = (verdict: string): LoadTestResult =>
  ({
    kind: 'run',
    result: { name: 'light', verdict: { verdict, reasons: ['P95: 900 ms'] } },
  }) as unknown as LoadTestResult;

test('a verdict is an error, a warning, or nothing', () => {
  assert.equal(annotateResult(resultOf('PASS')), undefined);
  assert.deepEqual(annotateResult(resultOf('FAIL')), {
    level: 'error',
    title: 'Load test light',
    message: 'FAIL\nP95: 900 ms',
  });
  for (const verdict of ['INVESTIGATE', 'VOID', 'INCONCLUSIVE', 'INTERRUPTED']) {
    assert.equal(annotateResult(resultOf(verdict))?.level, 'warning', verdict);
  }
  assert.equal(annotateResult(resultOf('NO ANSWER'))?.level, 'error');
});

test('a comparison says what it holds for', () => {
  const reportOf = (answer: ComparisonReport['answer']): ComparisonReport =>
    ({
      answer,
      missing: [],
      comparisons: [{ reasons: ['worse: P95 latency'], unfit: [] }],
    }) as unknown as ComparisonReport;
  assert.equal(annotateComparison(reportOf('no regression')), undefined);
  assert.deepEqual(annotateComparison(reportOf('regression')), {
    level: 'error',
    title: 'Base and new',
    message: 'REGRESSION\nworse: P95 latency',
  });
  assert.equal(annotateComparison(reportOf('inconclusive'))?.level, 'warning');
  assert.equal(annotateComparison(reportOf('not comparable'))?.level, 'error');
});
