import { formatSize, maxOf } from '../../../core/index.ts';
import {
  checkResultWritable,
  formatResult,
  type LoadTestMetrics,
  type LoadTestOptions,
  type LoadTestResult,
  type RunResult,
  runLoadTest,
  runScenarioSuite,
  writeResultFile,
} from '../../../loadtest/internal.ts';
import {
  annotateResult,
  renderBencher,
  renderGitHubBenchmark,
  renderResultCsv,
  renderResultJUnit,
  renderResultMarkdown,
  renderRun,
  renderSuite,
  type Style,
  verdictLine,
} from '../../../report/index.ts';
import { type ExitCode, exitCodeOfVerdict } from '../../shared/exit-codes.ts';
import { reportToGitHub } from '../../shared/github.ts';
import { orCommandError } from '../../shared/load-test-errors.ts';
import { checkReportsWritable, writeReports } from '../../shared/report-files.ts';
import { withRunFrame } from '../../shared/run-frame.ts';
import { reportStream, type Screen, styleFor } from '../../shared/screen.ts';
import type { LoadTestPlan, RunPlan, SuitePlan } from './plan.ts';
import { type RunWatch, unwatched } from './watch.ts';

/** Runs what was planned, reports it, writes it, and returns the exit code. */
export function runPlan(plan: RunPlan | SuitePlan, watch: RunWatch = unwatched): Promise<ExitCode> {
  return withScreen(plan, watch, (options, screen) =>
    plan.kind === 'suite'
      ? runSuite(plan, options, screen, watch)
      : runSingle(plan, options, screen, watch),
  );
}

/**
 * The frame that every kind of run shares: its files are known to be writable before it, its progress is
 * shown, Ctrl-C ends it early, and the screen is given back whatever happens.
 */
export async function withScreen(
  plan: LoadTestPlan,
  watch: RunWatch,
  run: (options: LoadTestOptions, screen: Screen) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (plan.output !== undefined) await orCommandError(checkResultWritable(plan.output));
  await checkReportsWritable(plan.reports);
  warnOfSharedTarget(plan);
  return withRunFrame(plan, ({ screen, signal }) => {
    const options: LoadTestOptions = {
      signal,
      criteria: plan.criteria,
      onProgress: (progress) => {
        screen.update(progress);
        watch.update(progress);
      },
    };
    return run(options, screen);
  });
}

async function runSingle(
  plan: RunPlan,
  options: LoadTestOptions,
  screen: Screen,
  watch: RunWatch,
): Promise<ExitCode> {
  const { config, name } = plan.scenario;
  screen.begin(name);
  watch.begin(plan.resolved[0]!, 0);
  const loaded = await runLoadTest({ ...config, ...plan.overrides }, options);
  const { result } = loaded;
  screen.end();
  watch.ended(result);
  await deliver(
    plan,
    loaded,
    (style, closing) =>
      plan.quiet ? shortReport(result, style) : renderRun(result, style, closing),
    options.signal,
  );
  watch.finished(result.verdict);
  return exitCodeOfVerdict(result.verdict.verdict, plan);
}

async function runSuite(
  plan: SuitePlan,
  options: LoadTestOptions,
  screen: Screen,
  watch: RunWatch,
): Promise<ExitCode> {
  const loaded = await runScenarioSuite(plan.overrides, {
    ...options,
    scenarios: plan.scenarios,
    onScenario: (config, index, total) => {
      screen.begin(`${config.name ?? ''} (${index + 1} of ${total})`);
      watch.begin(config, index);
    },
    onResult: (run) => {
      watch.ended(run.result);
      screen.end();
      if (!plan.quiet) reportScenario(plan, run);
    },
  });
  const { result } = loaded;
  screen.end();
  await deliver(
    plan,
    loaded,
    (style, closing) => renderSuite(result, style, closing),
    options.signal,
  );
  watch.finished(result.verdict);
  return exitCodeOfVerdict(result.verdict.verdict, plan);
}

/** A run against somebody's cache fills it: what teams stored could be evicted. */
function warnOfSharedTarget({ resolved, quiet }: LoadTestPlan): void {
  const target = resolved[0]?.target;
  if (quiet || target?.kind !== 'url') return;
  const most = maxOf(resolved.map(({ maxStoredBytes }) => maxStoredBytes));
  process.stderr.write(
    `memobuild: this stores up to ${formatSize(most)} on ${target.url}; a cache near its size limit evicts other users' entries to make room (--max-stored, --instance)\n`,
  );
}

/** Writes the file, then prints the report: with --json the JSON on stdout and the report on stderr. */
export async function deliver(
  plan: LoadTestPlan,
  loaded: LoadTestResult,
  render: (style: Style, closing: readonly string[]) => string,
  interrupt: AbortSignal | undefined,
): Promise<void> {
  const { output, json, reports, github, strict } = plan;
  // An interrupted run is still written; only an interrupt from here on ends the wait for a reader.
  const signal = interrupt?.aborted === true ? undefined : interrupt;
  // A disk that filled up meanwhile must not cost the user the report.
  const failures = await Promise.allSettled([
    output === undefined
      ? undefined
      : orCommandError(writeResultFile(output, loaded.result, { signal })),
    writeReports(
      reports,
      {
        junit: () => renderResultJUnit(loaded, { strict }),
        markdown: () => renderResultMarkdown(loaded),
        csv: () => renderResultCsv(loaded),
        benchmarkBigger: () => renderGitHubBenchmark(loaded, 'higher'),
        benchmarkSmaller: () => renderGitHubBenchmark(loaded, 'lower'),
        bencher: () => renderBencher(loaded),
      },
      signal,
    ),
  ]);
  const failure = failures.find(({ status }) => status === 'rejected');
  const stream = reportStream(json);
  const closing = failure === undefined ? nextSteps(plan) : [];
  stream.write(`${render(styleFor(stream), closing)}\n`);
  if (json) process.stdout.write(formatResult(loaded.result));
  await reportToGitHub(github, {
    annotation: annotateResult(loaded),
    markdown: () => renderResultMarkdown(loaded),
  });
  if (failure?.status === 'rejected') throw failure.reason;
}

function nextSteps({ output, json, reports, kind }: LoadTestPlan): string[] {
  if (output !== undefined) {
    const next =
      kind === 'run' || kind === 'suite'
        ? `Next: memobuild compare BASE.json ${output}`
        : `Next: memobuild plot ${output} --output report.html`;
    const files = [output, ...Object.values(reports)].filter((file) => file !== undefined);
    return [`Written to ${files.join(', ')}`, next, ''];
  }
  return json ? [] : ['Next: --output FILE saves the run, for memobuild compare and jq.', ''];
}

function reportScenario(plan: LoadTestPlan, run: LoadTestMetrics): void {
  const stream = reportStream(plan.json);
  stream.write(`${shortReport(run.result, styleFor(stream))}\n`);
}

function shortReport({ verdict, ...result }: RunResult, style: Style): string {
  const line = verdictLine({ verdict, ...result }, style);
  return [line, ...verdict.reasons.map((reason) => `  - ${reason}`)].join('\n');
}
