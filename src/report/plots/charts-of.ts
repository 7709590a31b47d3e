import type { ReadResult, RunResult } from '../../loadtest/index.ts';
import type { Chart } from './chart.ts';
import { distributionChart } from './distribution-chart.ts';
import { heatMapChart } from './heat-map-chart.ts';
import { latencyOverTimeChart, resourcesChart, throughputChart } from './over-time-charts.ts';
import { latencyByClientsChart, throughputByClientsChart } from './scaling-chart.ts';

/** A result file that was read, and its name. */
export interface NamedResult {
  readonly file: string;
  readonly read: ReadResult;
}

/** Charts that belong together, under a heading. */
export interface ChartGroup {
  /** Begins the names of its files; '' for the only group. */
  readonly id: string;
  readonly heading: string;
  /** The run that the charts are of; `undefined` for those across runs. */
  readonly run: RunResult | undefined;
  readonly baseline: RunResult | undefined;
  readonly charts: readonly Chart[];
}

/**
 * What there is to draw in these results: one run by itself; two runs, the first as the baseline
 * behind the second; several, and suites, across their clients and each by itself.
 */
export function chartGroupsOf(results: readonly NamedResult[]): ChartGroup[] {
  const runs = results.flatMap(({ file, read }) =>
    read.kind === 'suite'
      ? read.result.scenarios.map((run) => ({ run, label: run.name ?? file }))
      : [{ run: read.result, label: read.result.name ?? file }],
  );
  const [first, second] = runs;
  if (first === undefined) return [];
  const isPair = results.length === 2 && results.every(({ read }) => read.kind === 'run');
  if (isPair && second !== undefined) {
    const heading = `${second.label}, with ${first.label} as its baseline`;
    return [groupOf({ id: '', heading, run: second.run, baseline: first.run })];
  }
  if (runs.length === 1) return [groupOf({ id: '', heading: first.label, run: first.run })];
  const all = runs.map(({ run }) => run);
  return [
    {
      id: 'suite',
      heading: 'Across the runs',
      run: undefined,
      baseline: undefined,
      charts: [throughputByClientsChart(all), latencyByClientsChart(all)],
    },
    ...runs.map(({ run, label }, index) =>
      groupOf({ id: `${index + 1}-${fileWord(label)}`, heading: label, run }),
    ),
  ];
}

function groupOf(group: {
  id: string;
  heading: string;
  run: RunResult;
  baseline?: RunResult;
}): ChartGroup {
  const { run, baseline } = group;
  const behind = baseline === undefined ? undefined : { run: baseline };
  const charts = [
    throughputChart(run, behind),
    latencyOverTimeChart(run, behind),
    distributionChart(run, baseline),
    heatMapChart(run),
    resourcesChart(run),
  ];
  return { ...group, baseline, charts: charts.filter((chart) => chart !== undefined) };
}

function fileWord(label: string): string {
  return (
    label
      .replace(/[^\w-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'run'
  );
}
