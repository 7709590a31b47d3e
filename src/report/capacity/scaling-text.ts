import type { ClientRampResult, RunResult, ScalingResult } from '../../loadtest/internal.ts';
import { count, failedByTarget, figure, latency, percent, plural } from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';

/** The end of a ramp over clients: one line per step, the fitted law, and its reliability. */
export function renderScaling(
  result: ClientRampResult,
  style: Style,
  closing: readonly string[] = [],
): string {
  const { scaling, scenarios, verdict } = result;
  return [
    '',
    `${style.bold('Scaling')}  ${style.dim('closed loop: each client sends its next operation when the last has ended')}`,
    points(scaling, scenarios, style),
    '',
    ...law(scaling, style),
    ...verdict.reasons.map((text) => `  - ${wrap(text, style.width, 4)}`),
    '',
    ...closing,
    scalingVerdict(result, style),
  ].join('\n');
}

/** The verdict and the highest throughput. */
export function scalingVerdict({ scaling, verdict }: ClientRampResult, style: Style): string {
  const best = scaling.points.reduce(
    (most, point) => ((point.ops_per_sec ?? 0) > (most?.ops_per_sec ?? 0) ? point : most),
    scaling.points[0],
  );
  const most =
    best === undefined
      ? ''
      : `; highest ${figure(best.ops_per_sec)} ops/s with ${plural(best.clients, 'client')}`;
  return `${style.bold(style.verdict(verdict.verdict))}  ramp of ${plural(scaling.points.length, 'step')}${most}`;
}

/** The outcome of a step, on one line. */
export function rampStepLine(run: RunResult, style: Style): string {
  const { verdict } = run.verdict;
  return `${run.name ?? ''}  ${style.verdict(verdict)}  ${figure(run.throughput_ops_per_sec)} ops/s, P95 ${latency(run.latency.p95_ms)}, P99 ${latency(run.latency.p99_ms)}, ${count(failedByTarget(run))} failed`;
}

function points({ points: all }: ScalingResult, runs: readonly RunResult[], style: Style): string {
  const titles = ['clients', 'ops/s', 'law', 'P50', 'P95', 'P99', 'failed', 'of linear'];
  const rows = all.map((point, index) => [
    count(point.clients),
    figure(point.ops_per_sec),
    figure(point.expected_ops_per_sec),
    latency(point.p50_ms),
    latency(point.p95_ms),
    latency(point.p99_ms),
    count(point.failed),
    percent(
      point.efficiency_percent === null ? null : Math.round(10 * point.efficiency_percent) / 10,
    ),
    style.verdict(runs[index]?.verdict.verdict ?? 'VOID'),
  ]);
  const right = new Array<'right'>(titles.length).fill('right');
  return table([[...titles.map((text) => style.dim(text)), ''], ...rows], right);
}

function law(
  { law: fitted, law_quality: quality, law_doubts: doubts }: ScalingResult,
  style: Style,
): string[] {
  const lines: string[] = [];
  if (fitted !== null) {
    const peak =
      fitted.peak_clients === null
        ? 'no peak shown'
        : `peak at ${count(fitted.peak_clients)} clients${within(fitted.peak_interval, count)}`;
    const knee =
      fitted.knee_clients === null
        ? 'no knee up to twice the most clients run'
        : `knee at ${count(fitted.knee_clients)} clients`;
    const digits = (value: number): string => value.toPrecision(2);
    const text = `one client ${figure(fitted.gamma)} ops/s, sigma (contention) ${digits(fitted.sigma)}${within(fitted.sigma_interval, digits)}, kappa (coherency) ${digits(fitted.kappa)}${within(fitted.kappa_interval, digits)}; ${knee}, ${peak}; R² ${fitted.r_squared.toFixed(3)}`;
    lines.push(`  law         ${wrap(text, style.width, 14)}`);
  }
  const word = { good: 'good', doubtful: 'doubtful', worthless: 'worthless' }[quality];
  lines.push(`  fit         ${quality === 'good' ? word : style.warn(word)}`);
  lines.push(...doubts.map((text) => `    - ${wrap(text, style.width, 6)}`));
  return lines;
}

/** A 95 % interval in brackets, where there is one. */
function within(
  interval: readonly number[] | null | undefined,
  format: (value: number) => string,
): string {
  const [low, high] = interval ?? [];
  return low === undefined || high === undefined ? '' : ` (${format(low)} to ${format(high)})`;
}
