// `npm run bench:check`: is this commit slower, beside its peers, than the committed baseline?
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareReports, missingFrom } from './framework/compare-reports.ts';
import { type BenchReport, formatReport, mergeReports } from './framework/report.ts';
import { withTables } from './framework/results-page.ts';
import { metrics } from './framework/row.ts';

const usage = `npm run bench:check -- [--from FILE] [--tolerance 0.1] [--accept] [--only NAME,NAME] [--rounds 5] [--seconds 3]

  --from       compare this file instead of measuring (as bench/results/latest.json)
  --tolerance  a ratio may worsen by this share (default 0.1)
  --accept     put the figures into bench/results/baseline.json and bench/results/README.md;
               rows that were not measured stay as they are

Exit codes: 0 no ratio worse, 1 one is, or a row is missing, 2 wrong usage, 3 no baseline or no figures.
`;
const results = join(import.meta.dirname, 'results');
const baselinePath = join(results, 'baseline.json');
const pagePath = join(results, 'README.md');

process.exitCode = main();

function main(): number {
  const options = readOptions();
  if (options === undefined) return 2;
  const { from, tolerance, accept, only } = options;
  if (from === undefined && !measure(options.forRun)) return 3;
  const path = from ?? join(results, 'latest.json');
  const [baseline, report] = [readReport(baselinePath), readReport(path)];
  if (report === undefined) {
    process.stderr.write(`${path} does not exist\n`);
    return 3;
  }
  if (accept) {
    const merged = mergeReports(baseline ?? { rows: [] }, report);
    writeFileSync(baselinePath, formatReport(merged));
    writeFileSync(pagePath, withTables(readFileSync(pagePath, 'utf8'), merged));
    process.stdout.write(`${report.rows.length} rows of ${path} are the baseline now\n`);
    return 0;
  }
  if (baseline === undefined) {
    process.stderr.write('there is no baseline yet: `npm run bench:check -- --accept` makes one\n');
    return 3;
  }
  return tell(baseline, report, { tolerance, partial: only !== undefined });
}

function readReport(path: string): BenchReport | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function tell(
  baseline: BenchReport,
  report: BenchReport,
  { tolerance, partial }: { readonly tolerance: number; readonly partial: boolean },
): number {
  const changes = compareReports(baseline, report, { tolerance });
  for (const { row, ours, metric, against, before, now, verdict } of changes) {
    const what = `${ours} beside ${against}, ${metrics[metric].label}`;
    const mark = { worse: 'WORSE ', better: 'better', same: 'same  ' }[verdict];
    process.stdout.write(`${mark} ${row}: ${what}: ${before.toFixed(2)} -> ${now.toFixed(2)}\n`);
  }
  const missing = partial ? [] : missingFrom(baseline, report);
  for (const what of missing) process.stdout.write(`MISSING ${what}\n`);
  const worse = changes.filter(({ verdict }) => verdict === 'worse').length;
  process.stdout.write(
    `${worse} of ${changes.length} ratios worse than the baseline's, beyond ${tolerance * 100} %\n`,
  );
  if (worse > 0 || missing.length > 0) return 1;
  // Rows without a peer have no ratio; a run of none but them says nothing.
  return changes.length === 0 ? 3 : 0;
}

function measure(forRun: readonly string[]): boolean {
  const run = join(import.meta.dirname, 'run.ts');
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', run, ...forRun], {
    stdio: 'inherit',
  });
  return status === 0;
}

interface Options {
  readonly from: string | undefined;
  readonly tolerance: number;
  readonly accept: boolean;
  readonly only: string | undefined;
  readonly forRun: readonly string[];
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        from: { type: 'string' },
        tolerance: { type: 'string', default: '0.1' },
        accept: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
      },
    });
    const tolerance = Number(values.tolerance);
    if (!(tolerance >= 0 && tolerance < 1))
      throw new Error('--tolerance takes a number from 0 to 1');
    const forRun = (['only', 'rounds', 'seconds'] as const).flatMap((flag) => {
      const value = values[flag];
      return value === undefined ? [] : [`--${flag}`, value];
    });
    return { from: values.from, tolerance, accept: values.accept, only: values.only, forRun };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return undefined;
  }
}
