import { targetOperations } from '../../metrics/target-operations.ts';
import type { RunResult } from '../../result/model/run.ts';
import type { ScalingPoint, ScalingResult } from '../../result/model/scaling.ts';
import {
  expectedThroughput,
  fitScalabilityLaw,
  rSquaredMin,
  type ScalabilityLaw,
  scalabilityPointsMin,
} from '../../statistics/scalability-law.ts';

/** Throughput over the clients of runs that differ in nothing else, with the law that fits it best. */
export function scalingOf(runs: readonly RunResult[]): ScalingResult {
  // A run that was cut off before it reached its stride would bend the curve.
  const whole = runs.filter(({ complete }) => complete);
  const law = fitScalabilityLaw(
    whole.map((run) => ({
      clients: run.config.num_clients,
      opsPerSec: run.throughput_ops_per_sec ?? 0,
    })),
    Number.NEGATIVE_INFINITY,
  );
  const doubts = doubtsOf(whole, law);
  return {
    points: runs.map((run) => pointOf(run, runs[0]!, law)),
    law:
      law === undefined
        ? null
        : {
            gamma: law.gamma,
            sigma: law.sigma,
            kappa: law.kappa,
            r_squared: law.rSquared,
            knee_clients: law.kneeClients ?? null,
            peak_clients: law.peakClients ?? null,
            sigma_interval: [...law.intervals.sigma],
            kappa_interval: [...law.intervals.kappa],
            peak_interval: finiteInterval(law),
          },
    law_quality: qualityOf(law, doubts),
    law_doubts: doubts,
  };
}

/** The interval of the peak where one is shown; JSON has no infinity. */
function finiteInterval({ peakClients, intervals }: ScalabilityLaw): number[] | null {
  const { peakClients: peaks } = intervals;
  if (peakClients === undefined || peaks === undefined) return null;
  return peaks.every(Number.isFinite) ? [...peaks] : null;
}

function qualityOf(
  law: ScalabilityLaw | undefined,
  doubts: readonly string[],
): ScalingResult['law_quality'] {
  if (law === undefined || law.rSquared < rSquaredMin) return 'worthless';
  return doubts.length > 0 ? 'doubtful' : 'good';
}

function doubtsOf(runs: readonly RunResult[], law: ScalabilityLaw | undefined): string[] {
  if (law === undefined) {
    return [
      `the law needs ${scalabilityPointsMin} client counts with completed operations; there are ${runs.length}`,
    ];
  }
  const doubts: string[] = [];
  if (law.rSquared < rSquaredMin) {
    doubts.push(
      `it explains ${(100 * Math.max(0, law.rSquared)).toFixed(0)} % of the variance, less than ${100 * rSquaredMin} %: sigma, kappa and peak are meaningless`,
    );
  }
  const busy = runs.filter(({ generator }) =>
    generator.checks.some(({ name, status }) => name === 'cpu' && status !== 'ok'),
  );
  if (busy.length > 0) {
    doubts.push(
      `the generator used all the CPU it could at ${listOf(busy)} clients: the curve shows the generator's limit as much as the target's`,
    );
  }
  const broken = runs.filter(
    ({ verdict }) => verdict.verdict === 'VOID' || verdict.verdict === 'FAIL',
  );
  if (broken.length > 0) {
    doubts.push(`the run failed or was invalid at ${listOf(broken)} clients`);
  }
  return doubts;
}

function listOf(runs: readonly RunResult[]): string {
  return runs.map(({ config }) => config.num_clients).join(', ');
}

function pointOf(run: RunResult, first: RunResult, law: ScalabilityLaw | undefined): ScalingPoint {
  const clients = run.config.num_clients;
  const reached = run.throughput_ops_per_sec;
  const each = (first.throughput_ops_per_sec ?? 0) / first.config.num_clients;
  return {
    clients,
    ops_per_sec: reached,
    p50_ms: run.latency.p50_ms,
    p95_ms: run.latency.p95_ms,
    p99_ms: run.latency.p99_ms,
    failed: targetOperations(run.operations, run.errors_by_type).failed,
    efficiency_percent: reached === null || each === 0 ? null : (100 * reached) / (each * clients),
    expected_ops_per_sec: law === undefined ? null : expectedThroughput(law, clients),
  };
}
