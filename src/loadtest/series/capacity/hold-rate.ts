import type { ResolvedConfig } from '../../config/config.ts';
import type { EngineSession } from '../../engine/engine-session.ts';
import type { Progress, ProgressListener } from '../../engine/progress/progress.ts';
import { runEngine } from '../../engine/run-engine.ts';
import type { Measurement } from '../../measurement.ts';
import { targetOperations } from '../../metrics/target-operations.ts';
import type { LoadTestScenario, ScenarioModule } from '../../operation/operation.ts';
import { assembleResult } from '../../result/assemble-result.ts';
import type { BrokenCriterion, CapacityStepResult } from '../../result/model/capacity.ts';
import type { EnvironmentResult } from '../../result/model/environment.ts';
import type { RunResult } from '../../result/model/run.ts';
import type { Criteria } from '../../verdict/criteria.ts';
import { judgeSafely, type Verdict } from '../../verdict/judge.ts';
import { isUnsafe } from '../../verdict/judge-rows.ts';
import { rateKeptRow, rateReached } from './rate-kept.ts';
import type { HoldVerdict } from './search-rates.ts';
import { Steadiness } from './steadiness.ts';

/** Holds one rate until its figures have settled, or its time is over, and judges it. */
export async function holdRate(options: HoldOptions): Promise<HeldRate> {
  const { config, rate, attempt, session, signal } = options;
  const finish = new AbortController();
  const steadiness = new Steadiness({
    rate,
    clients: config.numClients,
    holdMs: options.holdSecs * 1000 + startDelayMs,
  });
  let ended: 'steady' | 'overloaded' | undefined;
  const listen = (progress: Progress): void => {
    ended ??= steadiness.add(progress);
    if (ended !== undefined) finish.abort();
    options.onProgress?.(progress);
  };
  const measurement = await runEngine({
    config,
    session,
    signal,
    onProgress: listen,
    finish: { signal: finish.signal, drainMs: drainMsMax },
    ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
  });
  const reachedOf = (windows: Measurement['windows']): number | undefined =>
    rateReached(windows, rate, measurement.sendingMs);
  const ran = asRun(config, measurement);
  const verdict = judgeSafely(measurement, ran, options.criteria, (windows) => [
    rateKeptRow(reachedOf(windows), rate),
  ]);
  const { environment } = options;
  const result = assembleResult({ measurement, config: ran, verdict, environment });
  const heldAs = heldVerdict(measurement, verdict);
  const step = stepOf(result, heldAs, verdict, {
    rate,
    attempt,
    reached: reachedOf(measurement.windows),
    heldMs: measurement.sendingMs,
    steady: ended === 'steady',
  });
  const isRemoved = result.cleanup.removable && result.cleanup.failed === 0;
  return { verdict: heldAs, step, result, leftBytes: isRemoved ? 0 : result.traffic.written_bytes };
}

export interface HoldOptions {
  /** With the rate as its only stage, and the longest time as its duration. */
  readonly config: ResolvedConfig;
  readonly rate: number;
  readonly attempt: number;
  readonly holdSecs: number;
  readonly session: EngineSession;
  readonly scenario: LoadTestScenario | ScenarioModule | undefined;
  readonly criteria: Criteria | undefined;
  readonly environment: EnvironmentResult;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener | undefined;
}

export interface HeldRate {
  readonly verdict: HoldVerdict;
  readonly step: CapacityStepResult;
  readonly result: RunResult;
  /** What the run may have left on the target, besides the working set. */
  readonly leftBytes: number;
}

/** The running phase begins this long before the first operation is due. */
const startDelayMs = 100;
/** What a rate above the capacity piled up is not waited for: its verdict is clear before. */
const drainMsMax = 3_000;

/** The configuration of what was run: a run that was ended early had a shorter schedule. */
function asRun(config: ResolvedConfig, { sendingMs }: Measurement): ResolvedConfig {
  if (sendingMs >= config.durationSecs * 1000) return config;
  const { load } = config;
  const durationSecs = Math.round(sendingMs) / 1000;
  switch (load.kind) {
    case 'open': {
      const stages = load.stages.map((stage) => ({ ...stage, durationSecs }));
      return { ...config, durationSecs, load: { ...load, stages } };
    }
    case 'closed':
    case 'replay':
      return { ...config, durationSecs };
  }
}

/** A rate is met when every row passes: INVESTIGATE is a rate that is not met with certainty. */
function heldVerdict({ stopReason }: Measurement, verdict: Verdict): HoldVerdict {
  if (verdict.rows.some(isUnsafe)) return 'unsafe';
  if (verdict.verdict === 'INTERRUPTED') return 'interrupted';
  if (stopReason === 'max_stored') return 'max_stored';
  if (verdict.verdict === 'VOID') return 'void';
  return verdict.verdict === 'PASS' ? 'met' : 'not_met';
}

function stepOf(
  result: RunResult,
  held: HoldVerdict,
  verdict: Verdict,
  step: {
    rate: number;
    attempt: number;
    reached: number | undefined;
    heldMs: number;
    steady: boolean;
  },
): CapacityStepResult {
  const { latency, server, generator } = result;
  const machine = generator.samples.flatMap(({ machine_cpu: cpu }) => cpu ?? []);
  return {
    rate: step.rate,
    attempt: step.attempt,
    verdict: stepVerdicts[held],
    rate_reached: step.reached ?? null,
    held_ms: step.heldMs,
    steady: step.steady,
    operations: result.operations.total,
    failed: targetOperations(result.operations, result.errors_by_type).failed,
    success_rate_percent: result.success_rate_percent,
    p50_ms: latency.p50_ms,
    p95_ms: latency.p95_ms,
    p99_ms: latency.p99_ms,
    hit_rate_percent: result.cache.hit_rate_percent,
    broke: held === 'met' ? [] : brokeOf(verdict),
    machine_cpu:
      machine.length === 0 ? null : machine.reduce((sum, cpu) => sum + cpu, 0) / machine.length,
    generator_cpu_cores: generator.cpu_cores,
    server_cpu_cores: server.cpu_cores,
    server_memory_bytes_max: server.memory_bytes_max,
  };
}

const stepVerdicts = {
  met: 'met',
  not_met: 'not_met',
  unsafe: 'not_met',
  void: 'void',
  max_stored: 'interrupted',
  no_answer: 'interrupted',
  interrupted: 'interrupted',
} satisfies Record<HoldVerdict, CapacityStepResult['verdict']>;

function brokeOf(verdict: Verdict): BrokenCriterion[] {
  if (verdict.verdict === 'VOID') {
    const voiding = verdict.generator.filter(({ status }) => status === 'void');
    return voiding.map(({ name, text }) => ({ metric: `generator_${name}` as const, text }));
  }
  const rows = verdict.rows.filter((row) => row.verdict !== 'PASS');
  return rows.map(({ metric, label, unit, measured, requirement }) => {
    const value = measured?.toLocaleString('en', { maximumFractionDigits: 2 }) ?? 'nothing';
    return { metric, text: `${label} ${value}${unit === '' ? '' : ` ${unit}`} (${requirement})` };
  });
}
