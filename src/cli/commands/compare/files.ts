import {
  type ComparisonAnswer,
  type ComparisonReport,
  compareFiles,
  type LoadedResult,
  ResultFileError,
  readResultFile,
  runsOf,
} from '../../../loadtest/internal.ts';
import {
  renderComparison,
  renderComparisonJson,
  renderComparisonJUnit,
  renderComparisonMarkdown,
  type Style,
} from '../../../report/index.ts';
import { CommandError, type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import { checkReportsWritable, writeReports } from '../../shared/report-files.ts';
import { styleFor } from '../../shared/screen.ts';
import type { ComparisonFormat, ComparisonPlan, FilesPlan } from './plan.ts';

/** Reads the files, compares them and prints the answer; answers the exit code. */
export async function compareResultFiles(plan: FilesPlan): Promise<ExitCode> {
  await checkReportsWritable(plan.reports);
  // Together, so that every file that can't be read is named.
  const all = await loadResults([...plan.base, ...plan.new]);
  const [base, next] = [all.slice(0, plan.base.length), all.slice(plan.base.length)];
  return await reportComparison(compareFiles(base, next, plan.options), plan);
}

/** Prints a comparison on stdout, writes its reports; answers the exit code. */
export async function reportComparison(
  report: ComparisonReport,
  { format, reports }: Pick<ComparisonPlan, 'format' | 'reports'>,
): Promise<ExitCode> {
  process.stdout.write(`${renderAs(report, format)}\n`);
  await writeReports(reports, {
    junit: () => renderComparisonJUnit(report),
    markdown: () => `${renderComparisonMarkdown(report)}\n`,
  });
  return exitCodeOf(report.answer);
}

/** @throws {CommandError} `noAnswer`, naming every file that can't be read and why. */
export async function loadResults(paths: readonly string[]): Promise<LoadedResult[]> {
  const loaded: LoadedResult[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    try {
      const read = await readResultFile(path);
      if (runsOf(read).length === 0) problems.push(`${path} holds no run`);
      loaded.push({ path, read });
    } catch (error) {
      if (!(error instanceof ResultFileError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new CommandError(exitCodes.noAnswer, problems.join('\n'));
  return loaded;
}

/** The style of stdout. The tables have eight columns: where nothing bounds them, they take the room they need. */
export function stdoutStyle(): Style {
  return styleFor(process.stdout, 120);
}

function renderAs(report: ComparisonReport, format: ComparisonFormat): string {
  switch (format) {
    case 'json':
      return renderComparisonJson(report);
    case 'markdown':
      return renderComparisonMarkdown(report);
    case 'text':
      return renderComparison(report, stdoutStyle());
  }
}

function exitCodeOf(answer: ComparisonAnswer): ExitCode {
  switch (answer) {
    case 'regression':
      return exitCodes.fail;
    case 'no regression':
      return exitCodes.ok;
    case 'cannot tell':
    case 'not comparable':
      return exitCodes.noAnswer;
  }
}
