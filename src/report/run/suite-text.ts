import type { SuiteResult } from '../../loadtest/internal.ts';
import { count, figure, latency, percent, plural } from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { adviceFor } from './advice.ts';

/** The end of a suite: a line a scenario, what is not PASS and why, and the verdict. */
export function renderSuite(
  suite: SuiteResult,
  style: Style,
  closing: readonly string[] = [],
): string {
  const heads = [
    '',
    'clients',
    'operations',
    'failed',
    'ops/s',
    'P50',
    'P95',
    'P99',
    'hit rate',
    '',
  ];
  const rows = suite.scenarios.map((run) => [
    run.name ?? '',
    count(run.config.num_clients),
    count(run.operations.total),
    count(run.operations.failed),
    figure(run.throughput_ops_per_sec),
    latency(run.latency.p50_ms),
    latency(run.latency.p95_ms),
    latency(run.latency.p99_ms),
    percent(run.cache.hit_rate_percent),
    style.verdict(run.verdict.verdict),
  ]);
  const { verdict, reasons } = suite.verdict;
  const right = new Array<'right'>(8).fill('right');
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
