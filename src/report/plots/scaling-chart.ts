import { maxOf } from '../../core/index.ts';
import {
  expectedThroughput,
  fitScalabilityLaw,
  type RunResult,
  rSquaredMin,
  type ScalabilityLaw,
  scalabilityPointsMin,
} from '../../loadtest/internal.ts';
import { count, figure, latency } from '../shared/format.ts';
import {
  axisStyle,
  latencyAxis,
  legendStyle,
  plotGrid,
  shownPercentiles,
  valueAxis,
} from './axes.ts';
import { type Chart, placeholder } from './chart.ts';

/** Throughput against clients, with the Universal Scalability Law where one can be fitted. */
export function throughputByClientsChart(runs: readonly RunResult[]): Chart {
  const sorted = byClients(runs);
  const points = sorted.map((run) => ({
    clients: run.config.num_clients,
    opsPerSec: run.throughput_ops_per_sec ?? 0,
  }));
  const law = isOneWorkload(runs) ? fitScalabilityLaw(points) : undefined;
  const most = maxOf(points.map(({ clients }) => clients));
  const fitted =
    law === undefined
      ? []
      : Array.from({ length: 80 }, (_, step) => {
          const clients = 1 + ((most - 1) * step) / 79;
          return [clients, expectedThroughput(law, clients)];
        });
  return {
    id: 'throughput-by-clients',
    title: 'Throughput by clients',
    description: `Throughput at each number of clients. ${lawText(law, isOneWorkload(runs), most)}`,
    option: {
      grid: { ...plotGrid, right: 48 },
      legend: legendStyle,
      xAxis: clientsAxis(),
      yAxis: valueAxis('operations/s', { hasNames: true }),
      series: [
        {
          type: 'line',
          name: 'measured',
          color: placeholder.blue,
          data: sorted.map((run) => namedPoint(run, run.throughput_ops_per_sec)),
          symbol: 'circle',
          symbolSize: 9,
          label: pointLabel,
          labelLayout: { moveOverlap: 'shiftY' },
          // A line between different workloads would say that one leads to the other.
          lineStyle: { width: law === undefined && isOneWorkload(runs) ? 1.6 : 0 },
        },
        ...(law === undefined
          ? []
          : [
              {
                type: 'line' as const,
                name: 'Universal Scalability Law',
                color: placeholder.orange,
                data: fitted,
                showSymbol: false,
                lineStyle: { width: 2 },
                markLine: kneeLine(law, most),
              },
            ]),
      ],
    },
    table: [
      ['scenario', 'clients', 'operations/s', 'P95'],
      ...sorted.map((run) => [
        run.name ?? '',
        count(run.config.num_clients),
        figure(run.throughput_ops_per_sec),
        latency(run.latency.p95_ms),
      ]),
    ],
  };
}

/** Latency against clients. */
export function latencyByClientsChart(runs: readonly RunResult[]): Chart {
  return {
    id: 'latency-by-clients',
    title: 'Latency by clients',
    description: 'P50, P95 and P99 of each run, on a logarithmic scale.',
    option: {
      grid: { ...plotGrid, right: 48 },
      legend: legendStyle,
      xAxis: clientsAxis(),
      yAxis: latencyAxis('latency'),
      series: shownPercentiles.map(([name, color, field]) => ({
        type: 'line',
        name,
        color: placeholder[color],
        symbol: 'circle',
        symbolSize: name === 'P95' ? 9 : 5,
        lineStyle: { width: !isOneWorkload(runs) ? 0 : name === 'P95' ? 2.5 : 1.4 },
        labelLayout: { moveOverlap: 'shiftY' },
        data: byClients(runs).map((run) => namedPoint(run, run.latency[field])),
        // At the uppermost points, where no line runs through the names.
        ...(name === 'P99' ? { label: pointLabel } : {}),
      })),
    },
    table: [],
  };
}

function byClients(runs: readonly RunResult[]): RunResult[] {
  return [...runs].sort((a, b) => a.config.num_clients - b.config.num_clients);
}

/** Whether the runs differ in their clients and in nothing that changes what a client does. */
function isOneWorkload(runs: readonly RunResult[]): boolean {
  const workloads = runs.map(({ config }) =>
    JSON.stringify([
      config.cache_hit_ratio_target,
      config.sizes,
      config.keys,
      config.protocol,
      config.stages,
    ]),
  );
  return new Set(workloads).size === 1;
}

function lawText(law: ScalabilityLaw | undefined, oneWorkload: boolean, most: number): string {
  if (!oneWorkload) return 'No law is fitted: the scenarios have different workloads.';
  if (law === undefined) {
    return `No law is fitted: it needs ${scalabilityPointsMin} client counts and a curve that explains ${rSquaredMin * 100} % of them.`;
  }
  const { gamma, sigma, kappa, rSquared, kneeClients, peakClients } = law;
  const peak = peakClients === undefined ? '' : ` Highest at about ${count(peakClients)} clients.`;
  const knee =
    kneeClients !== undefined && kneeClients <= most
      ? ` The knee is at ${count(kneeClients)} clients.`
      : '';
  return `Universal Scalability Law: one client ${figure(gamma)} operations/s, contention ${sigma.toPrecision(2)}, coherency ${kappa.toPrecision(2)}, R² ${rSquared.toFixed(3)}.${knee}${peak}`;
}

function clientsAxis(): object {
  return {
    ...axisStyle,
    type: 'value',
    name: 'clients',
    nameLocation: 'middle',
    nameGap: 24,
    min: 0,
    splitLine: { show: false },
  };
}

const pointLabel = {
  show: true,
  position: 'top',
  distance: 8,
  fontSize: 11,
  color: placeholder.ink,
  formatter: '{b}',
} as const;

function namedPoint(
  run: RunResult,
  value: number | null,
): { name: string; value: [number, number | string] } {
  // A ramp's runs are named for their clients, which the axis shows.
  const name = /^\d+ clients?$/.test(run.name ?? '') ? '' : (run.name ?? '');
  return { name, value: [run.config.num_clients, value ?? '-'] };
}

function kneeLine(law: ScalabilityLaw, most: number): object {
  if (law.kneeClients === undefined || law.kneeClients > most) return { data: [] };
  return {
    symbol: 'none',
    label: { formatter: 'knee', color: placeholder.faint, fontSize: 12 },
    lineStyle: { color: placeholder.faint, type: 'dashed' },
    data: [{ xAxis: law.kneeClients }],
  };
}
