import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf, parseNumber } from '../../../core/index.ts';
import type { OverallVerdict } from '../../../loadtest/internal.ts';
import {
  defaultPageHost,
  PageServerError,
  PastRuns,
  RunFeed,
  startPageServer,
} from '../../../web/index.ts';
import { CommandError, type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import { interrupted } from '../../shared/interrupt.ts';
import type { LoadTestFlags } from './flags.ts';
import type { LoadTestPlan } from './plan.ts';
import type { RunWatch } from './watch.ts';

/** What `--ui` and its companions ask for; `undefined`: no dashboard. */
export interface DashboardPlan {
  readonly host: string;
  readonly port: number;
  /** The folder of past results. */
  readonly resultsDir: string;
  readonly keep: boolean;
}

/** Reads the flags. @throws {CommandError} `usage`. */
export function planDashboard(flags: LoadTestFlags): DashboardPlan | undefined {
  const { ui, uiHost, uiResults, uiKeep, output } = flags;
  if (ui === undefined) {
    const given = { '--ui-host': uiHost, '--ui-results': uiResults, '--ui-keep': uiKeep };
    const alone = Object.entries(given).find(([, value]) => value !== undefined);
    if (alone === undefined) return undefined;
    throw new CommandError(exitCodes.usage, `${alone[0]} needs --ui`);
  }
  const port = ui === true ? 0 : parseNumber(ui);
  if (port === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CommandError(
      exitCodes.usage,
      `--ui must be a port from 0 to 65535, or nothing for a free one; got "${String(ui)}"`,
    );
  }
  return {
    host: uiHost ?? defaultPageHost,
    port,
    resultsDir: resolve(uiResults ?? (output === undefined ? usualFolder() : dirname(output))),
    keep: uiKeep === true,
  };
}

/**
 * Runs a load test with a dashboard beside it. After the run the page's server stays until Ctrl-C
 * where a terminal is there or `keep` was asked for; else it ends with the run.
 */
export async function withDashboard(
  { host, port, resultsDir, keep }: DashboardPlan,
  plan: LoadTestPlan,
  run: (watch: RunWatch) => Promise<ExitCode>,
): Promise<ExitCode> {
  const feed = new RunFeed({
    title: titleOf(plan),
    configs: plan.resolved,
    criteria: plan.criteria,
    hasPastRuns: true,
  });
  const pastRuns = new PastRuns(resultsDir);
  const server = await orCannotServe(
    startPageServer({ host, port, page: 'run', feed, pages: pastRuns.pages }),
  );
  process.stderr.write(`Dashboard: ${server.url}\n`);
  const stays = keep || process.stderr.isTTY === true;
  let outcome: { verdict: OverallVerdict; reasons: readonly string[] } | undefined;
  try {
    const exitCode = await run({
      begin: (config, index) => feed.begin(config, index),
      update: (progress) => feed.update(progress),
      ended: (result) => feed.ended(result),
      finished: (verdict) => {
        outcome = verdict;
      },
    });
    // A user who interrupted the run wants the command to end.
    const waits = stays && exitCode !== exitCodes.interrupted;
    feed.finish(outcome?.verdict, outcome?.reasons ?? [], waits);
    if (waits) {
      process.stderr.write(`The dashboard stays open at ${server.url} until Ctrl-C.\n`);
      await interrupted();
    }
    return exitCode;
  } catch (error) {
    feed.finish(undefined, [messageOf(error)], false);
    throw error;
  } finally {
    await server.close();
    await pastRuns.close();
  }
}

function usualFolder(): string {
  return existsSync('results') ? 'results' : '.';
}

function titleOf({ kind, resolved }: LoadTestPlan): string {
  switch (kind) {
    case 'run':
      return resolved[0]?.name ?? '';
    case 'suite':
      return 'suite';
    case 'capacity':
      return 'capacity search';
    case 'ramp':
      return 'client ramp';
  }
}

async function orCannotServe<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PageServerError)) throw error;
    throw new CommandError(exitCodes.noAnswer, error.message, { cause: error });
  }
}
