import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, messageOf } from '../../../core/index.ts';
import {
  analyseHistory,
  type HistorySeries,
  historyRunsMin,
  type LabelledRun,
  type LoadedResult,
  runsOf,
  unfitRuns,
} from '../../../loadtest/internal.ts';
import { renderHistory, renderHistoryJson, renderHistoryMarkdown } from '../../../report/index.ts';
import { CommandError, type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import { labelledRuns, loadResults, readKeptResults, stdoutStyle } from './files.ts';
import type { ComparisonFormat, HistoryPlan } from './plan.ts';

/**
 * Keeps result files in a directory, and finds level changes over all of them. Ends
 * with `fail` where an added run reveals a regression, which is reported once.
 */
export async function compareWithHistory(plan: HistoryPlan): Promise<ExitCode> {
  const added = await addFiles(plan);
  const { results: kept, problems } = await readKeptResults(plan.dir);
  // One broken file must not hide what all others say.
  for (const problem of problems) process.stderr.write(`memobuild: left out: ${problem}\n`);
  const runs = kept.flatMap(labelledRuns);
  if (runs.length === 0) {
    throw new CommandError(exitCodes.noAnswer, `${plan.dir} holds no result file`);
  }
  const labels = new Set(
    kept
      .filter(({ path }) => added.has(path))
      .flatMap(labelledRuns)
      .map(labelOf),
  );
  const all = analyseHistory(runs, labels, plan.options.thresholds);
  // With an added run, only its series is tested; otherwise all series.
  const series =
    labels.size === 0 ? all : all.filter((one) => one.runs.some((run) => labels.has(labelOf(run))));
  process.stdout.write(`${renderAs(series, plan.format)}\n`);
  if (series.some(bringsRegression)) return exitCodes.fail;
  const isTooShort = series.every((one) => one.runs.length < historyRunsMin);
  // A user who adds the third run to a history did nothing wrong.
  return isTooShort && labels.size === 0 ? exitCodes.inconclusive : exitCodes.ok;
}

function bringsRegression({ changes }: HistorySeries): boolean {
  return changes.some(({ isNew, verdict }) => isNew && verdict === 'worse');
}

/**
 * Copies the files in under names that sort by time; returns the paths of those that were not there
 * yet.
 */
async function addFiles({ dir, add, options }: HistoryPlan): Promise<Set<string>> {
  const results = await loadResults(add);
  const unfit = unfitRuns(results.flatMap(labelledRuns));
  if (unfit.length > 0 && options.force !== true) {
    const reasons = unfit.map(({ label, reason }) => `${label} was not added: ${reason}`);
    const isMachines = unfit.every(({ why }) => why === 'void');
    throw new CommandError(isMachines ? exitCodes.void : exitCodes.noAnswer, reasons.join('\n'));
  }
  const added = new Set<string>();
  try {
    if (add.length === 0) return added;
    makeDirectory(dir);
    const there = new Set(await readdir(dir));
    for (const result of results) {
      const name = historyName(result);
      if (there.has(name)) {
        process.stderr.write(`${result.path} is already in ${dir}\n`);
        continue;
      }
      await copyWhole(result.path, join(dir, name));
      there.add(name);
      added.add(join(dir, name));
    }
  } catch (error) {
    throw new CommandError(exitCodes.noAnswer, `cannot use ${dir}: ${messageOf(error)}`);
  }
  return added;
}

/** A history must not keep half of a file: the next look at it would end there. */
async function copyWhole(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** `2026-02-21T10-00-00Z-commit-run.json`: by time, by commit, and no two runs under one name. */
function historyName({ read }: LoadedResult): string {
  const { timestamp } = read.result;
  const [first] = runsOf(read);
  const time = new Date(timestamp)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  const commit = first?.environment.commit?.slice(0, 12) ?? 'unknown';
  // A run's id comes from the file: nothing of it may leave the directory.
  const run = (first?.run_id ?? 'none').replace(/[^\w]/g, '').slice(-8);
  return `${time}-${commit}-${run}.json`;
}

function labelOf({ label }: LabelledRun): string {
  return label;
}

function renderAs(series: readonly HistorySeries[], format: ComparisonFormat): string {
  switch (format) {
    case 'json':
      return renderHistoryJson(series);
    case 'markdown':
      return renderHistoryMarkdown(series);
    case 'text':
      return renderHistory(series, stdoutStyle());
  }
}
