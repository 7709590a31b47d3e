import type { SuiteResult } from '../../loadtest/internal.ts';
import { plural } from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { adviceFor } from './advice.ts';
import { suiteColumns } from './suite-columns.ts';

/** The end of a suite: one line per scenario, what is not PASS and why, and the verdict. */
export function renderSuite(
  suite: SuiteResult,
  style: Style,
  closing: readonly string[] = [],
): string {
  const heads = ['', ...suiteColumns.map(({ head }) => head), ''];
  const rows = suite.scenarios.map((run) => [
    run.name ?? '',
    ...suiteColumns.map(({ cell }) => cell(run)),
    style.verdict(run.verdict.verdict),
  ]);
  const { verdict, reasons } = suite.verdict;
  const right = suiteColumns.map(() => 'right' as const);
  const line = `${style.bold(style.verdict(verdict))}  suite of ${plural(suite.scenarios.length, 'scenario')}`;
  const scale = suite.scenarios[0]?.config.scale ?? 1;
  const note = scale === 1 ? '' : `durations multiplied by ${scale}: a quick check, not a full run`;
  return [
    '',
    note === '' ? style.bold('Suite') : `${style.bold('Suite')}  ${style.warn(note)}`,
    table([heads.map((text) => (text === '' ? '' : style.dim(text))), ...rows], ['left', ...right]),
    ...reasons.map((text) => `  - ${wrap(text, style.width, 4)}`),
    ...lookAt(suite, style),
    '',
    ...closing,
    line,
  ].join('\n');
}

/** The first advice for each scenario that is not PASS: its own report has the rest. */
function lookAt(suite: SuiteResult, style: Style): string[] {
  const lines = suite.scenarios.flatMap((run) =>
    adviceFor(run)
      .slice(0, 2)
      .map((text) => `  - ${wrap(`${run.name}: ${text}`, style.width, 4)}`),
  );
  return lines.length === 0 ? [] : ['', style.bold('Look at'), ...lines];
}
