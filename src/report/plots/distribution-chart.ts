import type { Histogram } from 'hdr-histogram-js';
import { decodeHistogram, type RunResult } from '../../loadtest/internal.ts';
import { latency } from '../shared/format.ts';
import { axisStyle, latencyAxis, legendStyle, plotGrid } from './axes.ts';
import { type Chart, type ColorName, placeholder } from './chart.ts';

/**
 * Latency by percentile, the tail stretched: 90, 99, 99.9 % are at equal distances (Gil Tene's
 * HdrHistogram plot).
 */
export function distributionChart(run: RunResult, baseline?: RunResult): Chart {
  const curves = [
    ...curve('all', 'blue', run.latency.histogram, 2.5),
    ...curve('hits', 'green', run.latency.by_series.hit?.histogram),
    ...curve('misses', 'orange', run.latency.by_series.miss?.histogram),
    // An open loop has the one, a closed loop the other.
    ...curve('from the send', 'purple', run.latency.by_series.service?.histogram),
    ...curve('corrected', 'purple', run.latency.corrected?.histogram),
    ...(baseline === undefined
      ? []
      : curve('all, baseline', 'faint', baseline.latency.histogram, 1.6, 'dashed')),
  ];
  return {
    id: 'latency-distribution',
    title: 'Latency by percentile',
    description:
      'The share of operations that took at most this long; each step to the right leaves a tenth of the operations before it.',
    option: {
      grid: plotGrid,
      legend: legendStyle,
      xAxis: {
        ...axisStyle,
        type: 'log',
        name: 'percentile',
        nameLocation: 'middle',
        nameGap: 24,
        min: 1,
        max: 10 ** Math.ceil(Math.log10(Math.max(100, run.latency.count))),
        splitLine: { show: false },
        axisLabel: { ...axisStyle.axisLabel, showMaxLabel: false, formatter: percentileText },
      },
      yAxis: latencyAxis('latency'),
      series: curves,
    },
    table: [
      ['', 'P50', 'P90', 'P95', 'P99', 'P99.9', 'max'],
      ...(
        [
          ['all', run.latency],
          ['hits', run.latency.by_series.hit],
          ['misses', run.latency.by_series.miss],
          ['from the send', run.latency.by_series.service],
          ['corrected', run.latency.corrected ?? undefined],
          ['all, baseline', baseline?.latency],
        ] as const
      ).flatMap(([name, figures]) =>
        figures === undefined || figures.count === 0
          ? []
          : [
              [
                name,
                latency(figures.p50_ms),
                latency(figures.p90_ms),
                latency(figures.p95_ms),
                latency(figures.p99_ms),
                latency(figures.p999_ms),
                latency(figures.max_ms),
              ],
            ],
      ),
    ],
  };
}

interface Curve {
  readonly type: 'line';
  readonly name: string;
  readonly color: string;
  readonly data: [number, number][];
  readonly showSymbol: boolean;
  readonly lineStyle: { readonly width: number; readonly type: 'solid' | 'dashed' };
}

function curve(
  name: string,
  color: ColorName,
  encoded: string | null | undefined,
  width = 1.6,
  type: 'solid' | 'dashed' = 'solid',
): Curve[] {
  if (encoded == null) return [];
  const data = percentilePoints(decodeHistogram(encoded));
  if (data.length === 0) return [];
  const lineStyle = { width, type };
  return [{ type: 'line', name, color: placeholder[color], data, showSymbol: false, lineStyle }];
}

/** Points at equal steps of log(1 / (1 - share)), up to the last that the samples resolve. */
function percentilePoints(histogram: Histogram): [number, number][] {
  const count = histogram.totalCount;
  if (count === 0) return [];
  const points: [number, number][] = [];
  const stepsPerDecade = 20;
  const last = Math.floor(Math.log10(Math.max(count, 10)) * stepsPerDecade);
  for (let step = 0; step <= last; step += 1) {
    const x = 10 ** (step / stepsPerDecade);
    const us = histogram.getValueAtPercentile(100 * (1 - 1 / x));
    points.push([x, Math.max(us, 1) / 1000]);
  }
  return points;
}

function percentileText(x: number): string {
  const share = 100 * (1 - 1 / x);
  return share === 0 ? '0 %' : `${Number(share.toFixed(4))} %`;
}
