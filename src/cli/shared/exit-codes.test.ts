import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { ComparisonReport, OverallVerdict } from '../../loadtest/internal.ts';
import { repositoryRoot } from '../../testing/program.ts';
import { exitCodeOfComparison } from '../commands/compare/exit-code.ts';
import { exitCodeHelp, exitCodeOfVerdict, exitCodes } from './exit-codes.ts';

const expected: Readonly<Record<OverallVerdict, number>> = {
  PASS: 0,
  INVESTIGATE: 0,
  FAIL: 1,
  'NO ANSWER': 3,
  VOID: 4,
  INCONCLUSIVE: 5,
  INTERRUPTED: 130,
};

for (const [verdict, code] of Object.entries(expected) as [OverallVerdict, number][]) {
  test(`${verdict} ends a command with ${code}`, () => {
    assert.equal(exitCodeOfVerdict(verdict, { strict: false }), code);
  });
}

test('--strict makes INVESTIGATE a failure, and nothing else', () => {
  assert.equal(exitCodeOfVerdict('INVESTIGATE', { strict: true }), 1);
  assert.equal(exitCodeOfVerdict('PASS', { strict: true }), 0);
  assert.equal(exitCodeOfVerdict('VOID', { strict: true }), 4);
});

const comparisonOf = (
  answer: ComparisonReport['answer'],
  unfit: readonly string[] = [],
  differences = 0,
): ComparisonReport =>
  ({
    answer,
    missing: [],
    comparisons: [
      {
        answer,
        unfit: unfit.map((why) => ({ label: 'a.json', reason: why, why })),
        differences: new Array(differences).fill({ what: 'clients' }),
      },
    ],
  }) as unknown as ComparisonReport;

test('a comparison ends with its answer, and with 4 where only VOID runs were in its way', () => {
  assert.equal(exitCodeOfComparison(comparisonOf('no regression')), 0);
  assert.equal(exitCodeOfComparison(comparisonOf('regression')), 1);
  assert.equal(exitCodeOfComparison(comparisonOf('inconclusive')), 5);
  assert.equal(exitCodeOfComparison(comparisonOf('not comparable', ['void'])), 4);
  assert.equal(exitCodeOfComparison(comparisonOf('not comparable', ['void'], 1)), 3);
  assert.equal(exitCodeOfComparison(comparisonOf('not comparable', ['void', 'interrupted'])), 3);
  assert.equal(exitCodeOfComparison(comparisonOf('not comparable', [], 1)), 3);
});

test('docs/exit-codes.md lists each code, and help names codes by their meaning', async () => {
  const page = await readFile(join(repositoryRoot, 'docs/exit-codes.md'), 'utf8');
  const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  assert.deepEqual(listed, Object.values(exitCodes));
  assert.equal(
    exitCodeHelp({ ok: 'no regression', inconclusive: 'inconclusive' }),
    'Exit codes: 0 no regression, 2 wrong usage, 5 inconclusive, 130 interrupted.',
  );
});
