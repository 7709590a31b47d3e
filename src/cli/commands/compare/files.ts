import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../core/index.ts';
import {
  type ComparisonReport,
  compareFiles,
  isSingleRun,
  type LabelledRun,
  type LoadedResult,
  ResultFileError,
  readResultFile,
  runsOf,
  unfitRuns,
} from '../../../loadtest/internal.ts';
import {
  annotateComparison,
  renderComparison,
  renderComparisonJson,
  renderComparisonJUnit,
  renderComparisonMarkdown,
  type Style,
} from '../../../report/index.ts';
import { CommandError, type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import { reportToGitHub } from '../../shared/github.ts';
import { checkReportsWritable, writeReports } from '../../shared/report-files.ts';
import { styleFor } from '../../shared/screen.ts';
import { exitCodeOfComparison } from './exit-code.ts';
import type { ComparisonFormat, ComparisonPlan, FilesPlan } from './plan.ts';

/** Reads the files, compares them and prints the answer; returns the exit code. */
export async function compareResultFiles(plan: FilesPlan): Promise<ExitCode> {
  await checkReportsWritable(plan.reports);
  // Together, so that every file that cannot be read is named.
  const all = await loadResults([...plan.base, ...plan.new]);
  const [base, next] = [all.slice(0, plan.base.length), all.slice(plan.base.length)];
  const history = plan.history === undefined ? [] : await keptRuns(plan.history);
  return await reportComparison(compareFiles(base, next, { ...plan.options, history }), plan);
}

/** The runs of a history's directory that can be read; those that can't are named on stderr. */
async function keptRuns(dir: string): Promise<LabelledRun[]> {
  const { results, problems } = await readKeptResults(dir);
  for (const problem of problems) process.stderr.write(`memobuild: left out: ${problem}\n`);
  const runs = results.flatMap(labelledRuns);
  const unfit = new Set(unfitRuns(runs).map(({ label }) => label));
  return runs.filter(({ label }) => !unfit.has(label));
}

/** Prints a comparison on stdout and writes its reports; returns the exit code. */
export async function reportComparison(
  report: ComparisonReport,
  { format, reports, github }: Pick<ComparisonPlan, 'format' | 'reports' | 'github'>,
): Promise<ExitCode> {
  process.stdout.write(`${renderAs(report, format)}\n`);
  await writeReports(reports, {
    junit: () => renderComparisonJUnit(report),
    markdown: () => `${renderComparisonMarkdown(report)}\n`,
  });
  await reportToGitHub(github, {
    annotation: annotateComparison(report),
    markdown: () => renderComparisonMarkdown(report),
  });
  return exitCodeOfComparison(report);
}

/** What can be read of a directory of results, in order of its names, and what is wrong with the rest. */
export async function readKeptResults(
  dir: string,
): Promise<{ readonly results: LoadedResult[]; readonly problems: readonly string[] }> {
  let names: readonly string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    throw new CommandError(exitCodes.noAnswer, `cannot read ${dir}: ${messageOf(error)}`);
  }
  const paths = names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  return await readResults(paths.map((name) => join(dir, name)));
}

/** The runs of a file, each with what it is called in messages. */
export function labelledRuns({ path, read }: LoadedResult): LabelledRun[] {
  return runsOf(read).map((result) => ({
    label: isSingleRun(read) ? path : `${path} (${result.name})`,
    result,
  }));
}

/** @throws {CommandError} `noAnswer`, naming every file that can't be read and why. */
export async function loadResults(paths: readonly string[]): Promise<LoadedResult[]> {
  const { results, problems } = await readResults(paths);
  if (problems.length > 0) throw new CommandError(exitCodes.noAnswer, problems.join('\n'));
  return results;
}

async function readResults(
  paths: readonly string[],
): Promise<{ readonly results: LoadedResult[]; readonly problems: readonly string[] }> {
  const results: LoadedResult[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    try {
      const read = await readResultFile(path);
      if (runsOf(read).length === 0) problems.push(`${path} holds no run`);
      else results.push({ path, read });
    } catch (error) {
      if (!(error instanceof ResultFileError)) throw error;
      problems.push(error.message);
    }
  }
  return { results, problems };
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
