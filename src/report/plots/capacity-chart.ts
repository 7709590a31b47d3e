import { maxOf } from '../../core/index.ts';
import type { CapacityResult, CapacityStepResult } from '../../loadtest/internal.ts';
import { figure, latency, percent } from '../shared/format.ts';
import {
  axisStyle,
  latencyAxis,
  legendStyle,
  plotGrid,
  shownPercentiles,
  valueAxis,
} from './axes.ts';
import { type Chart, placeholder } from './chart.ts';

/** Latency against the target rate, with the bracket in which the capacity lies. */
export function capacityLatencyChart(capacity: CapacityResult): Chart {
  const steps = stepsToDraw(capacity);
  return {
    id: 'latency-by-rate',
    title: 'Latency by rate',
    description:
      `Latency from each operation's due time, per target rate, on a logarithmic scale. ${bracketText(capacity)} ${voidText(capacity)}`.trimEnd(),
    option: {
      grid: { ...plotGrid, right: 72 },
      legend: legendStyle,
      xAxis: rateAxis(steps),
      yAxis: latencyAxis('latency'),
      series: shownPercentiles.map(([name, color, field]) => ({
        type: 'line',
        name,
        color: placeholder[color],
        symbol: 'circle',
        symbolSize: name === 'P99' ? 8 : 5,
        lineStyle: { width: name === 'P99' ? 2.5 : 1.4 },
        data: steps.map((step) => [step.rate, step[field] ?? '-']),
        ...(name === 'P99' ? { markLine: bracketLines(capacity) } : {}),
      })),
    },
    table: [
      ['rate', 'reached', 'P50', 'P95', 'P99', 'success', 'criteria'],
      ...steps.map((step) => [
        figure(step.rate),
        figure(step.rate_reached),
        latency(step.p50_ms),
        latency(step.p95_ms),
        latency(step.p99_ms),
        percent(step.success_rate_percent),
        step.verdict.replace('_', ' '),
      ]),
    ],
  };
}

/** What was reached of each rate, and how much of it succeeded. */
export function capacityRateChart(capacity: CapacityResult): Chart {
  const steps = stepsToDraw(capacity);
  const most = steps.at(-1)?.rate ?? 0;
  return {
    id: 'success-by-rate',
    title: 'Rate reached and success by rate',
    description:
      `Completed operations per second against the target rate, and the share that succeeded. ${bracketText(capacity)} ${voidText(capacity)}`.trimEnd(),
    option: {
      grid: { ...plotGrid, right: 24 },
      legend: legendStyle,
      xAxis: rateAxis(steps),
      yAxis: [
        valueAxis('operations/s'),
        { ...valueAxis('success', { format: percent, right: true }), max: 100 },
      ],
      series: [
        {
          type: 'line',
          name: 'target',
          color: placeholder.faint,
          data: [
            [0, 0],
            [most, most],
          ],
          showSymbol: false,
          lineStyle: { width: 1.2, type: 'dashed' },
        },
        {
          type: 'line',
          name: 'reached',
          color: placeholder.blue,
          symbol: 'circle',
          symbolSize: 8,
          data: steps.map((step) => [step.rate, step.rate_reached ?? '-']),
        },
        {
          type: 'line',
          name: 'success',
          yAxisIndex: 1,
          color: placeholder.green,
          symbol: 'circle',
          symbolSize: 5,
          data: steps.map((step) => [step.rate, step.success_rate_percent ?? '-']),
        },
      ],
    },
    table: [],
  };
}

/** The last trial at each rate, in the order of the rates. Void trials are drawn only where there are no others. */
function stepsToDraw({ steps }: CapacityResult): CapacityStepResult[] {
  const conclusive = steps.filter(isConclusive);
  const byRate = new Map(
    (conclusive.length > 0 ? conclusive : steps).map((step) => [step.rate, step]),
  );
  return [...byRate.values()].sort((a, b) => a.rate - b.rate);
}

function isConclusive({ verdict }: CapacityStepResult): boolean {
  return verdict === 'met' || verdict === 'not_met';
}

function voidText({ steps }: CapacityResult): string {
  if (!steps.some(isConclusive))
    return 'The generator or the machine invalidated all of these runs.';
  return steps.every(isConclusive) ? '' : 'Invalid or unfinished runs are left out.';
}

function bracketText(capacity: CapacityResult): string {
  const { highest_met: met, lowest_not_met: notMet, lowest_void: voidFrom } = capacity;
  const parts = [
    met === null ? 'No rate met the criteria' : `Criteria met at ${figure(met)}`,
    ...(notMet === null ? [] : [`not met at ${figure(notMet)}`]),
    ...(voidFrom === null ? [] : [`the generator was late from ${figure(voidFrom)} up`]),
  ];
  return `${parts.join(', ')} operations/s.`;
}

function rateAxis(steps: readonly CapacityStepResult[]): object {
  return {
    ...axisStyle,
    type: 'value',
    name: 'target operations/s',
    nameLocation: 'middle',
    nameGap: 24,
    min: 0,
    // The interesting part is around the capacity, so the axis need not end at a round number.
    max: Math.max(1, maxOf(steps.map(({ rate }) => rate))),
    splitLine: { show: false },
    axisLabel: { ...axisStyle.axisLabel, showMaxLabel: false, formatter: figure },
  };
}

function bracketLines({ highest_met: met, lowest_not_met: notMet }: CapacityResult): object {
  // If they are close together, one name is on each side.
  const lines = [
    { rate: met, name: 'met', color: placeholder.green, align: 'right' },
    { rate: notMet, name: 'not met', color: placeholder.red, align: 'left' },
  ];
  return {
    symbol: 'none',
    data: lines
      .filter(({ rate }) => rate !== null)
      .map(({ rate, name, color, align }) => ({
        xAxis: rate,
        lineStyle: { color, type: 'dashed' },
        label: { formatter: name, color, fontSize: 12, align },
      })),
  };
}
