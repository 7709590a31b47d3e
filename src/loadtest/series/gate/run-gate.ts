import { messageOf } from '../../../core/index.ts';
import type { LoadTestConfig } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScenarioDefinition } from '../../config/scenarios.ts';
import type { ProgressListener } from '../../engine/progress/progress.ts';
import { ConfigError, LoadTestError } from '../../errors.ts';
import { readEnvironment } from '../../result/environment.ts';
import type { RunResult } from '../../result/model/run.ts';
import { runResolved } from '../../run/run-load-test.ts';
import { type Checklist, exchangeRunName } from './checklist.ts';
import { type GateOutcome, type GateResult, gateSchemaVersion } from './gate-result.ts';
import { type GateRun, type JudgedRow, judgeRow } from './judge-gate.ts';
import { measureWorkerExchange } from './measure-worker-exchange.ts';
import { requirementOf } from './requirement.ts';

/**
 * Runs what a checklist's rows need, each scenario once and for its true duration, and judges them.
 * A scenario that finds no target leaves its rows without an answer; the others still run.
 * @throws {ConfigError} before anything is started.
 */
export async function runGate(
  checklist: Checklist,
  options: GateOptions = {},
): Promise<GateResult> {
  const { scale = 1, signal } = options;
  const startedAt = new Date();
  const startedMs = performance.now();
  const environment = await readEnvironment();
  const jobs = jobsOf(checklist, options);
  const runs = new Map<string, GateRun>();
  for (const [index, job] of jobs.entries()) {
    if (signal?.aborted === true) break;
    options.onRun?.(job.scenario, index, jobs.length);
    const run = await runJob(job, options);
    const evidence =
      run.result === undefined ? undefined : await options.keep?.(job.scenario, run.result);
    runs.set(job.scenario, { ...run, evidence });
    options.onRunEnd?.({ ...run, evidence });
  }
  const rows = checklist.rows.map((row) => ({
    ...judgeRow(row, runs, { shortened: scale < 1 }),
    requirement: requirementOf(row.check),
  }));
  return {
    gate_schema_version: gateSchemaVersion,
    checklist: checklist.name,
    title: checklist.title,
    timestamp: startedAt.toISOString(),
    duration_ms: performance.now() - startedMs,
    outcome: outcomeOf(rows, isCutShort(runs, jobs.length)),
    release_decision: scale === 1,
    scale,
    rows,
    runs: [...runs.values()].map(({ scenario, result, problem, evidence }) => ({
      scenario,
      run_id: result?.run_id ?? null,
      verdict: result?.verdict.verdict ?? null,
      problem: problem?.text ?? null,
      evidence: evidence ?? null,
    })),
    environment,
  };
}

export interface GateOptions {
  /** Laid over each scenario: the target, not the load. */
  readonly overrides?: LoadTestConfig | undefined;
  /** Multiplies durations. Anything but 1 is not a release decision. */
  readonly scale?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each run. */
  readonly onRun?: ((scenario: string, index: number, total: number) => void) | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly onRunEnd?: ((run: GateRun) => void) | undefined;
  /** Saves a run's result; returns the name of its file, which the rows name as their evidence. */
  readonly keep?:
    | ((scenario: string, result: RunResult) => Promise<string | undefined>)
    | undefined;
}

/** The outcome of all rows. A definite failure outranks an unknown. */
export function outcomeOf(
  rows: readonly Pick<JudgedRow, 'status'>[],
  interrupted: boolean,
): GateOutcome {
  if (interrupted) return 'INTERRUPTED';
  const statuses = rows.map(({ status }) => status);
  if (statuses.includes('FAIL') || statuses.includes('NOT RUN')) return 'NOT MET';
  const open = ['NO ANSWER', 'VOID', 'INCONCLUSIVE'] as const;
  return open.find((status) => statuses.includes(status)) ?? 'MET';
}

/** An interruption after the last run had ended takes nothing from the gate. */
function isCutShort(runs: ReadonlyMap<string, GateRun>, jobs: number): boolean {
  const wasInterrupted = ({ result, problem }: GateRun): boolean =>
    result?.stop_reason === 'interrupted' || problem?.text === interruptedText;
  return runs.size < jobs || [...runs.values()].some(wasInterrupted);
}

const interruptedText = 'interrupted';

interface Job {
  readonly scenario: string;
  readonly config: LoadTestConfig;
  readonly kind: 'scenario' | 'exchange';
}

/** @throws {ConfigError} */
function jobsOf(checklist: Checklist, { overrides = {}, scale = 1 }: GateOptions): Job[] {
  const configOf = (definition: ScenarioDefinition): LoadTestConfig => ({
    ...definition.config,
    ...overrides,
    ...(scale === 1 ? {} : { scale }),
  });
  const jobs = checklist.scenarios.map(
    (definition): Job => ({
      scenario: definition.name,
      config: configOf(definition),
      kind: 'scenario',
    }),
  );
  for (const { config } of jobs) resolveConfig(config);
  if (checklist.rows.some(({ check }) => check.kind === 'worker_exchange')) {
    jobs.push({
      scenario: exchangeRunName,
      config: { ...overrides, ...(scale === 1 ? {} : { scale }) },
      kind: 'exchange',
    });
  }
  return jobs;
}

async function runJob(
  { scenario, config, kind }: Job,
  { signal, onProgress }: GateOptions,
): Promise<GateRun> {
  try {
    if (kind === 'exchange') return await measureWorkerExchange(config, { signal, onProgress });
    const { result } = await runResolved(resolveConfig(config), { signal, onProgress });
    return { scenario, result };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof LoadTestError && error.code === 'interrupted') {
      return { scenario, result: undefined, problem: { status: 'NOT RUN', text: interruptedText } };
    }
    const problem = { status: 'NO ANSWER', text: `no answer: ${messageOf(error)}` } as const;
    return { scenario, result: undefined, problem };
  }
}
