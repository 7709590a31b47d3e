import {
  type CapacitySearchResult,
  isSingleRun,
  type LoadTestResult,
  type RunResult,
  runsOf,
} from '../../loadtest/internal.ts';
import { capacityLatencyChart, capacityRateChart } from './capacity-chart.ts';
import type { Chart } from './chart.ts';
import { distributionChart } from './distribution-chart.ts';
import { heatMapChart } from './heat-map-chart.ts';
import { latencyOverTimeChart, resourcesChart, throughputChart } from './over-time-charts.ts';
import { latencyByClientsChart, throughputByClientsChart } from './scaling-chart.ts';

/** A result file that was read, and its name. */
export interface NamedResult {
  readonly file: string;
  readonly read: LoadTestResult;
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
  const searches = results.flatMap(({ file, read }) =>
    read.kind === 'capacity' ? [{ file, search: read.result }] : [],
  );
  if (searches.length > 0) {
    const others = chartGroupsOf(results.filter(({ read }) => read.kind !== 'capacity'));
    return [...searches.flatMap(capacityGroups), ...others];
  }
  const runs = results.flatMap(({ file, read }) =>
    runsOf(read).map((run) => ({ run, label: run.name ?? file })),
  );
  const [first, second] = runs;
  if (first === undefined) return [];
  const isPair = results.length === 2 && results.every(({ read }) => isSingleRun(read));
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

/** The curve of a capacity search, and the runs at both ends of what was found. */
function capacityGroups(
  { file, search }: { readonly file: string; readonly search: CapacitySearchResult },
  index: number,
): ChartGroup[] {
  const { capacity, scenarios } = search;
  const { highest_met: met, lowest_not_met: notMet, steps } = capacity;
  const ends = [met, notMet].flatMap((rate) => {
    const at = steps.findLastIndex((step) => step.rate === rate && step.verdict !== 'void');
    const run = scenarios[at];
    return run === undefined ? [] : [run];
  });
  const id = `capacity${index === 0 ? '' : index + 1}`;
  return [
    {
      id,
      heading: `Capacity, ${file}`,
      run: undefined,
      baseline: undefined,
      charts: steps.length > 0 ? [capacityLatencyChart(capacity), capacityRateChart(capacity)] : [],
    },
    ...ends.map((run) =>
      groupOf({ id: `${id}-${fileWord(run.name ?? 'run')}`, heading: `Held at ${run.name}`, run }),
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
  // A run without operations has empty axes.
  const drawn = charts.filter((chart) => chart !== undefined).filter(hasData);
  return { ...group, baseline, charts: drawn };
}

function hasData({ option: { series } }: Chart): boolean {
  return [series].flat().some((one) => Array.isArray(one?.data) && one.data.length > 0);
}

function fileWord(label: string): string {
  return (
    label
      .replace(/[^\w-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'run'
  );
}
