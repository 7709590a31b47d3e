import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../../core/index.ts';
import {
  type LoadedResult,
  type LoadTestResult,
  type OverallVerdict,
  ResultFileError,
  type ResultOf,
  type RunResult,
  readResultFile,
} from '../../loadtest/internal.ts';

/** One file of the folder, as the list of past runs shows it. */
export interface PastRun {
  readonly file: string;
  readonly sizeBytes: number;
  /** Why it can't be shown, where it can't. */
  readonly problem: string | undefined;
  readonly summary: PastRunSummary | undefined;
}

export interface PastRunSummary {
  readonly name: string;
  readonly timestamp: string;
  readonly verdict: OverallVerdict;
  readonly clients: number | undefined;
  readonly opsPerSec: number | null;
  readonly p95Ms: number | null;
  readonly hitRatePercent: number | null;
}

export interface PastRunList {
  readonly runs: readonly PastRun[];
  /** Files beyond the bound: the oldest ones. */
  readonly leftOut: number;
}

/** A requested file that is missing or is not a result; the message says which. */
export class PastRunError extends Error {
  override readonly name = 'PastRunError';
}

/** The results in one folder. Names that come from outside are taken only where the folder lists them. */
export class PastRunsFolder {
  readonly dir: string;
  /** What was read of a file, while it stays as it is. */
  readonly #summaries = new Map<
    string,
    { readonly stamp: string; readonly run: PastRun | undefined }
  >();

  constructor(dir: string) {
    this.dir = dir;
  }

  /** The newest files, newest first. */
  async list(): Promise<PastRunList> {
    const files = await this.#files();
    const shown = files.slice(0, filesMax);
    const runs: PastRun[] = [];
    for (const file of shown) {
      const run = await this.#summarize(file);
      if (run !== undefined) runs.push(run);
    }
    const kept = new Set(shown.map(({ name }) => name));
    for (const name of this.#summaries.keys()) if (!kept.has(name)) this.#summaries.delete(name);
    return { runs, leftOut: files.length - shown.length };
  }

  /** @throws {PastRunError} */
  async read(name: string): Promise<LoadedResult> {
    const file = (await this.#files()).find((candidate) => candidate.name === name);
    if (file === undefined) throw new PastRunError(`no result ${name} in ${this.dir}`);
    if (file.sizeBytes > sizeBytesMax) throw new PastRunError(`${name} is too large to be shown`);
    const read = await readResultFile(join(this.dir, name)).catch((error: Error) => {
      throw new PastRunError(error.message);
    });
    return { path: name, read };
  }

  async #files(): Promise<FoundFile[]> {
    const names = await readdir(this.dir).catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') return [];
      throw error;
    });
    const found: FoundFile[] = [];
    for (const name of names) {
      if (!name.endsWith('.json') || name.startsWith('.')) continue;
      // Not what a link points to: it could be anything.
      const stats = await lstat(join(this.dir, name)).catch(() => undefined);
      if (stats?.isFile() !== true) continue;
      found.push({ name, sizeBytes: stats.size, changedMs: stats.mtimeMs });
    }
    return found.sort((a, b) => b.changedMs - a.changedMs);
  }

  /** `undefined`: it is JSON of something else, which may well lie there too. */
  async #summarize({ name, sizeBytes, changedMs }: FoundFile): Promise<PastRun | undefined> {
    const stamp = `${sizeBytes} ${changedMs}`;
    const known = this.#summaries.get(name);
    if (known?.stamp === stamp) return known.run;
    const run: PastRun = { file: name, sizeBytes, problem: undefined, summary: undefined };
    if (sizeBytes > sizeBytesMax) return { ...run, problem: 'too large to be shown' };
    const made = await readResultFile(join(this.dir, name)).then(
      (read): PastRun => ({ ...run, summary: summaryOf(read) }),
      (error: Error): PastRun | undefined =>
        error instanceof ResultFileError && error.problem === 'not_a_result'
          ? undefined
          : { ...run, problem: error.message },
    );
    this.#summaries.set(name, { stamp, run: made });
    return made;
  }
}

interface FoundFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly changedMs: number;
}

const filesMax = 100;
/** A run of an hour has about 10 MiB. */
const sizeBytesMax: number = 64 * 2 ** 20;

function summaryOf(read: LoadTestResult): PastRunSummary {
  switch (read.kind) {
    case 'run':
    case 'replay':
      return runSummary(read.result);
    case 'suite':
    case 'capacity':
    case 'scaling':
      return seriesSummary(read.result);
  }
}

function seriesSummary({
  scenarios,
  timestamp,
  verdict,
}: ResultOf<'suite' | 'capacity' | 'scaling'>['result']): PastRunSummary {
  return {
    name: `suite: ${scenarios.map(({ name }) => name).join(', ')}`,
    timestamp,
    verdict: verdict.verdict,
    clients: undefined,
    opsPerSec: null,
    p95Ms: null,
    hitRatePercent: null,
  };
}

function runSummary(run: RunResult): PastRunSummary {
  return {
    name: run.name ?? '',
    timestamp: run.timestamp,
    verdict: run.verdict.verdict,
    clients: run.config.num_clients,
    opsPerSec: run.throughput_ops_per_sec,
    p95Ms: run.latency.p95_ms,
    hitRatePercent: run.cache.hit_rate_percent,
  };
}
