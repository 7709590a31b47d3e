// `npm run bench`: measures the rows, prints the table, writes bench/results/latest.json.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, renderMachine } from './framework/machine.ts';
import type { BenchReport, MeasuredRow } from './framework/report.ts';
import type { Row } from './framework/row.ts';
import { killRunningCommands } from './framework/run-command.ts';
import { runRow } from './framework/run-row.ts';
import { renderRow } from './framework/table.ts';
import { findTool, installHint } from './framework/tools.ts';
import { rows } from './rows/index.ts';

const usage = `npm run bench -- [--only NAME,NAME] [--rounds 5] [--seconds 3] [--all] [--list] [--json FILE]

  --only     rows of these names, or whose names begin with one of them
  --rounds   how often every contender takes its turn; figures are medians over them (default 5)
  --seconds  how long each turn lasts (default 3)
  --all      the slow rows too
  --json     where the figures go (default bench/results/latest.json)
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  if (options.list) {
    for (const { name, title, slow } of rows) {
      process.stdout.write(`${name.padEnd(24)} ${title}${slow === true ? ' (slow)' : ''}\n`);
    }
    return 0;
  }
  const chosen = chooseRows(options);
  if (chosen.length === 0) {
    process.stderr.write(`no row is called ${options.only.join(', ')}; --list names them\n`);
    return 2;
  }
  const tools = [...new Set(chosen.flatMap((row) => row.tools))];
  const absent = tools.filter((tool) => findTool(tool) === undefined);
  if (absent.length > 0) {
    process.stderr.write(`not installed: ${absent.join(', ')}. Try: ${installHint(absent)}\n`);
    return 3;
  }
  const { rounds, seconds } = options;
  const machine = describeMachine(tools);
  process.stdout.write(`${renderMachine(machine)}\n${rounds} rounds of ${seconds} s\n`);
  const results: MeasuredRow[] = [];
  const signal = listenForInterrupt();
  let failed = false;
  for (const row of chosen) {
    if (signal.aborted) break;
    try {
      const result = await runRow(row, { rounds, seconds, say, signal });
      results.push({ ...result, machine, rounds, seconds });
      process.stdout.write(`\n${renderRow(result)}\n`);
    } catch (error) {
      failed = true;
      process.stderr.write(`${row.name}: ${error instanceof Error ? error.stack : error}\n`);
    }
    // After each row, so that an interrupted run keeps what it has.
    const report: BenchReport = { rows: results };
    await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  process.stderr.write(`figures: ${options.json}\n`);
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

interface Options {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly all: boolean;
  readonly list: boolean;
  readonly json: string;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', default: '' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '3' },
        all: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        json: { type: 'string', default: join(import.meta.dirname, 'results', 'latest.json') },
      },
    });
    const only = values.only.split(',').filter((name) => name !== '');
    return {
      ...values,
      only,
      rounds: positive('--rounds', values.rounds),
      seconds: positive('--seconds', values.seconds),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return undefined;
  }
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${flag} takes a whole number from 1, got '${text}'`);
  }
  return value;
}

function chooseRows({ only, all }: Options): readonly Row[] {
  if (only.length > 0) return only.flatMap(rowsCalled);
  return rows.filter((row) => all || row.slow !== true);
}

/** The row of that name, or all whose names begin so. */
function rowsCalled(name: string): readonly Row[] {
  const exact = rows.filter((row) => row.name === name);
  return exact.length > 0 ? exact : rows.filter((row) => row.name.startsWith(name));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
