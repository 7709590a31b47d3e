import {
  comparedMetrics,
  type HistoryChange,
  type HistorySeries,
  historyPoints,
  historyRunsMin,
  type LabelledRun,
  loopNameOf,
  recordedLoadOf,
} from '../../loadtest/internal.ts';
import { plural } from '../shared/format.ts';
import type { Style } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { inMetricUnit, signedChange } from './words.ts';

const heads = ['metric', 'since', 'commit', 'before', 'after', 'change', ''];

/** A history for a terminal: each series and its changes of level. No line break at the end. */
export function renderHistory(series: readonly HistorySeries[], style: Style): string {
  return series.map((one) => renderSeries(one, style)).join('\n\n');
}

function renderSeries(series: HistorySeries, style: Style): string {
  const lines = [style.bold(title(series))];
  if (series.runs.length < historyRunsMin) lines.push(`  ${tooFew(series)}`);
  else if (series.changes.length === 0) lines.push('  no level change in any metric');
  else {
    const rows = series.changes.map((change) => {
      const cells = changeCells(change, series);
      const isBad = change.verdict === 'worse';
      const verdict = verdictText(change);
      return [...cells, isBad ? style.verdict('FAIL', verdict) : verdict];
    });
    const right = ['left', 'left', 'left', 'right', 'right', 'right'] as const;
    lines.push(table([heads.map((text) => style.dim(text)), ...rows], right));
  }
  return lines.join('\n');
}

/** The same as Markdown. */
export function renderHistoryMarkdown(series: readonly HistorySeries[]): string {
  return series
    .map((one) => {
      const head = `### ${title(one)}`;
      if (one.runs.length < historyRunsMin) return `${head}\n\n${tooFew(one)}`;
      if (one.changes.length === 0) return `${head}\n\nNo change of level in any metric.`;
      const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
      const rows = one.changes.map((change) =>
        line([...changeCells(change, one), verdictText(change)]),
      );
      return [head, '', line(heads), line(heads.map(() => '---')), ...rows].join('\n');
    })
    .join('\n\n');
}

/** The same as JSON, with every point of every metric, for a plot. */
export function renderHistoryJson(series: readonly HistorySeries[]): string {
  const value = {
    schema_version: 1,
    series: series.map((one) => ({
      scenario: one.name ?? null,
      runs: one.runs.map(({ label, result }) => ({
        file: label,
        timestamp: result.timestamp,
        commit: result.environment.commit,
        memobuild_version: result.environment.memobuild_version,
      })),
      metrics: comparedMetrics.map((metric) => ({
        metric: metric.name,
        unit: metric.unit,
        better: metric.better,
        points: historyPoints(metric, one.runs),
      })),
      changes: one.changes.map((change) => ({
        metric: change.metric.name,
        run: change.index,
        before: change.before,
        after: change.after,
        change: change.change,
        change_unit: change.metric.measure === 'points' ? 'points' : 'percent',
        p_value: change.pValue,
        verdict: change.verdict.replaceAll(' ', '_'),
        confirmed: change.isConfirmed,
        new: change.isNew,
      })),
    })),
  };
  return JSON.stringify(value, null, 2);
}

function title({ name, runs }: HistorySeries): string {
  const { result } = runs[0]!;
  const isClosed = recordedLoadOf(result).kind === 'closed';
  const load = isClosed ? plural(result.config.num_clients, 'client') : loopNameOf(result);
  return `${name ?? load}: ${plural(runs.length, 'run')}, ${day(runs[0]!)} to ${day(runs.at(-1)!)}`;
}

function tooFew({ runs }: HistorySeries): string {
  return `${historyRunsMin - runs.length} more are needed: level changes need at least ${historyRunsMin} runs`;
}

function verdictText({ verdict, isNew, isConfirmed }: HistoryChange): string {
  if (!isConfirmed) return `${verdict}, to be confirmed`;
  return isNew ? `${verdict}, new` : verdict;
}

function changeCells(change: HistoryChange, { runs }: HistorySeries): string[] {
  const { metric, index } = change;
  const first = runs[index]!;
  return [
    metric.label,
    day(first),
    first.result.environment.commit?.slice(0, 10) ?? 'unknown',
    inMetricUnit(metric, change.before),
    inMetricUnit(metric, change.after),
    signedChange(metric, change.change),
  ];
}

function day({ result }: LabelledRun): string {
  return result.timestamp.slice(0, 10);
}
