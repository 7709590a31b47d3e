import { CommandError, type ExitCode, exitCodes, formatSize } from '../../core/index.ts';
import {
  ConfigError,
  checkResultWritable,
  formatResult,
  type LoadTestMetrics,
  type LoadTestOptions,
  type OverallVerdict,
  ResultFileError,
  type RunResult,
  runLoadTest,
  runScenarioSuite,
  type SuiteResult,
  writeResultFile,
} from '../../loadtest/index.ts';
import {
  createLiveView,
  createStyle,
  type LiveView,
  renderRun,
  renderSuite,
  type Style,
  verdictLine,
} from '../../report/index.ts';
import type { LoadTestPlan } from './loadtest-plan.ts';

/** Runs what was planned, reports it, writes it, and answers the exit code. */
export async function runPlan(plan: LoadTestPlan): Promise<ExitCode> {
  if (plan.output !== undefined) await orNoAnswer(checkResultWritable(plan.output));
  warnOfSharedTarget(plan);
  const screen = new Screen(plan.quiet);
  const interrupt = listenForInterrupt((text) => screen.note(text));
  const options: LoadTestOptions = {
    signal: interrupt.signal,
    criteria: plan.criteria,
    onProgress: (progress) => screen.update(progress),
  };
  try {
    return plan.kind === 'suite'
      ? await runSuite(plan, options, screen)
      : await runSingle(plan, options, screen);
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(exitCodes.usage, error.message);
    throw error;
  } finally {
    screen.end();
    interrupt.release();
  }
}

async function runSingle(
  plan: LoadTestPlan,
  options: LoadTestOptions,
  screen: Screen,
): Promise<ExitCode> {
  const { config, name } = plan.scenarios[0]!;
  screen.begin(name);
  const { result } = await runLoadTest({ ...config, ...plan.overrides }, options);
  screen.end();
  await deliver(plan, result, (style, closing) =>
    plan.quiet ? shortReport(result, style) : renderRun(result, style, closing),
  );
  return exitCodeOf(result.verdict.verdict, plan.strict);
}

async function runSuite(
  plan: LoadTestPlan,
  options: LoadTestOptions,
  screen: Screen,
): Promise<ExitCode> {
  const { result } = await runScenarioSuite(plan.overrides, {
    ...options,
    scenarios: plan.scenarios,
    onScenario: ({ name = '' }, index, total) => screen.begin(`${name} (${index + 1} of ${total})`),
    onResult: (run) => {
      screen.end();
      if (!plan.quiet) reportScenario(plan, run);
    },
  });
  screen.end();
  await deliver(plan, result, (style, closing) => renderSuite(result, style, closing));
  return exitCodeOf(result.verdict.verdict, plan.strict);
}

/** What the terminal shows while something runs. */
class Screen {
  readonly #quiet: boolean;
  #view: LiveView | undefined;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  begin(title: string): void {
    if (this.#quiet) return;
    const { stderr } = process;
    this.#view = createLiveView(stderr, styleFor(stderr), title, stderr.isTTY === true);
  }

  update(progress: Parameters<LiveView['update']>[0]): void {
    this.#view?.update(progress);
  }

  note(text: string): void {
    if (this.#view === undefined) process.stderr.write(`${text}\n`);
    else this.#view.note(text);
  }

  end(): void {
    this.#view?.end();
    this.#view = undefined;
  }
}

/** Ctrl-C once: the run ends early and is reported. Twice: everything stops at once. */
function listenForInterrupt(say: (text: string) => void): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    say('interrupted: ending the run; once more stops at once');
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const release = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  return { signal: controller.signal, release };
}

/** A run against somebody's cache fills it: what teams stored could be evicted. */
function warnOfSharedTarget({ resolved, quiet }: LoadTestPlan): void {
  const target = resolved[0]?.target;
  if (quiet || target?.kind !== 'url') return;
  const most = Math.max(...resolved.map(({ maxStoredBytes }) => maxStoredBytes));
  process.stderr.write(
    `memobuild: this stores up to ${formatSize(most)} on ${target.url}; a cache near its bound evicts others' entries for it (--max-stored, --instance)\n`,
  );
}

/** Writes the file, then prints the report: with --json the JSON on stdout and the report on stderr. */
async function deliver(
  plan: LoadTestPlan,
  result: RunResult | SuiteResult,
  render: (style: Style, closing: readonly string[]) => string,
): Promise<void> {
  const { output, json } = plan;
  let failure: unknown;
  if (output !== undefined) {
    // A disk that filled up meanwhile must not cost the user the report.
    failure = await orNoAnswer(writeResultFile(output, result)).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  const stream = json ? process.stderr : process.stdout;
  const closing = failure === undefined ? nextSteps(plan) : [];
  stream.write(`${render(styleFor(stream), closing)}\n`);
  if (json) process.stdout.write(formatResult(result));
  if (failure !== undefined) throw failure;
}

function nextSteps({ output, json }: LoadTestPlan): string[] {
  if (output !== undefined) {
    return [`Written to ${output}`, `Next: memobuild compare BASE.json ${output}`, ''];
  }
  return json ? [] : ['Next: --output FILE keeps the run, for memobuild compare and for jq.', ''];
}

function reportScenario(plan: LoadTestPlan, run: LoadTestMetrics): void {
  const stream = plan.json ? process.stderr : process.stdout;
  stream.write(`${shortReport(run.result, styleFor(stream))}\n`);
}

function shortReport({ verdict, ...result }: RunResult, style: Style): string {
  const line = verdictLine({ verdict, ...result }, style);
  return [line, ...verdict.reasons.map((reason) => `  - ${reason}`)].join('\n');
}

function styleFor(stream: NodeJS.WriteStream): Style {
  const { NO_COLOR: noColor, TERM: term } = process.env;
  const color = stream.isTTY === true && (noColor ?? '') === '' && term !== 'dumb';
  return createStyle({ color, width: stream.isTTY === true ? stream.columns : 100 });
}

function exitCodeOf(verdict: OverallVerdict, strict: boolean): ExitCode {
  switch (verdict) {
    case 'PASS':
      return exitCodes.ok;
    case 'INVESTIGATE':
      return strict ? exitCodes.fail : exitCodes.ok;
    case 'FAIL':
      return exitCodes.fail;
    case 'VOID':
      return exitCodes.noAnswer;
    case 'INTERRUPTED':
      return exitCodes.interrupted;
  }
}

async function orNoAnswer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ResultFileError)) throw error;
    throw new CommandError(exitCodes.noAnswer, error.message, { cause: error });
  }
}
