// `npm run bench`: measures the rows beside their peers, or with --against beside another checkout;
// prints tables, and writes the figures to a file.
import { writeFile } from 'node:fs/promises';
import { type Checkout, makeReady, thisCheckout } from './framework/checkout.ts';
import {
  describeMachine,
  describeRevision,
  renderMachine,
  renderRevision,
} from './framework/machine.ts';
import { type BenchOptions, chooseRows, readOptions } from './framework/options.ts';
import { renderPairs } from './framework/pairs-table.ts';
import { formatReport, keepMedians, type MeasuredRow } from './framework/report.ts';
import type { Row } from './framework/row.ts';
import { killRunningCommands } from './framework/run-command.ts';
import { type PairedResult, runPairs } from './framework/run-pairs.ts';
import { runRow } from './framework/run-row.ts';
import { renderRow } from './framework/table.ts';
import { findTool, installHint, loadTools, type ToolName } from './framework/tools.ts';
import { rows } from './rows/index.ts';

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return 2;
  if (options.list) {
    for (const { name, title, slow } of rows) {
      process.stdout.write(`${name.padEnd(24)} ${title}${slow === true ? ' (slow)' : ''}\n`);
    }
    return 0;
  }
  const chosen = chooseRows(rows, options);
  if (chosen.length === 0) {
    say(`no row is called ${options.only.join(', ')}; --list names them`);
    return 2;
  }
  const { against } = options;
  const wanted = [...new Set(chosen.flatMap((row) => row.tools))];
  const tools = against === undefined ? wanted : loadTools(wanted);
  const absent = tools.filter((tool) => findTool(tool) === undefined);
  if (absent.length > 0) {
    say(`not installed: ${absent.join(', ')}. Try: ${installHint(absent)}`);
    return 3;
  }
  try {
    for (const checkout of [thisCheckout, ...(against === undefined ? [] : [against])])
      makeReady(checkout, say);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 3;
  }
  return against === undefined
    ? besidePeers(chosen, tools, options)
    : besideCheckout(chosen, tools, { ...options, against });
}

async function besidePeers(
  chosen: readonly Row[],
  tools: readonly ToolName[],
  { rounds, seconds, json }: BenchOptions,
): Promise<number> {
  const machine = describeMachine(tools);
  process.stdout.write(`${renderMachine(machine)}\n${rounds} rounds of ${seconds} s\n`);
  const results: MeasuredRow[] = [];
  return eachRow(chosen, json, async (row, signal) => {
    const result = await runRow(row, { rounds, seconds, say, signal });
    results.push(keepMedians(result, { machine, rounds, seconds }));
    process.stdout.write(`\n${renderRow(results.at(-1)!)}\n`);
    return formatReport({ rows: results });
  });
}

async function besideCheckout(
  chosen: readonly Row[],
  tools: readonly ToolName[],
  { against, pairs, seconds, json }: BenchOptions & { readonly against: Checkout },
): Promise<number> {
  const machine = describeMachine(tools);
  const checkouts = { this: thisCheckout, other: against };
  const other = { dir: against.dir, ...describeRevision(against.dir) };
  process.stdout.write(
    `${renderMachine(machine)}\nother: ${renderRevision(other)}, ${other.dir}\n`,
  );
  process.stdout.write(`${pairs} pairs of ${seconds} s\n`);
  const results: PairedResult[] = [];
  return eachRow(chosen, json, async (row, signal) => {
    const measured = await runPairs(row, { checkouts, pairs, seconds, say, signal });
    results.push(...measured);
    for (const result of measured) process.stdout.write(`\n${renderPairs(result)}\n`);
    return `${JSON.stringify({ machine, other, pairs, seconds, results }, null, 1)}\n`;
  });
}

/**
 * Measures one row after the other. `measure` answers the file's text so far, which is written after
 * each row, so that an interrupted run keeps what it has.
 */
async function eachRow(
  chosen: readonly Row[],
  path: string,
  measure: (row: Row, signal: AbortSignal) => Promise<string>,
): Promise<number> {
  const signal = listenForInterrupt();
  let [failed, written] = [false, false];
  for (const row of chosen) {
    if (signal.aborted) break;
    try {
      await writeFile(path, await measure(row, signal));
      written = true;
    } catch (error) {
      failed = true;
      say(`${row.name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  if (written) say(`figures: ${path}`);
  return signal.aborted ? 130 : failed ? 1 : 0;
}

/** Ctrl-C ends the row under way with all that it started; the rows before it are kept. */
function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort(new Error('interrupted'));
    killRunningCommands();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return controller.signal;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
