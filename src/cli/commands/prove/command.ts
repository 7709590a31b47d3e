import { Command } from 'commander';
import { flagsOf, targetOptions } from '../../../loadtest/config/options/index.ts';
import { exitCodeHelp, exitCodes } from '../../shared/exit-codes.ts';
import { addFlagGroups, type FlagGroups } from '../../shared/flag-groups.ts';
import type { CheckFlags, HistoryFlags } from './plan.ts';

/** `memobuild prove`: shows by a recorded history that a cache keeps its promises. */
export function createCommand(): Command {
  return new Command('prove')
    .addCommand(historyCommand())
    .addCommand(checkCommand())
    .exitOverride();
}

function historyCommand(): Command {
  const command = new Command('history')
    .description('drive a cache with many clients on shared keys, harm its servers, and check it')
    .exitOverride();
  addFlagGroups(command, historyFlags);
  return command.addHelpText('after', historyHelp).action(async (flags: HistoryFlags) => {
    // Loaded here, so that --help need not wait for the load test.
    const { planHistory } = await import('./plan.ts');
    const { proveHistory } = await import('./run.ts');
    const exitCode = await proveHistory(await planHistory(flags));
    if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
  });
}

function checkCommand(): Command {
  const command = new Command('check')
    .description('check a recorded history again')
    .argument('<FILE>', 'a file that memobuild prove history --output wrote')
    .exitOverride();
  addFlagGroups(command, checkFlags);
  return command.addHelpText('after', checkHelp).action(async (file: string, flags: CheckFlags) => {
    const { planCheck } = await import('./plan.ts');
    const { checkFile } = await import('./run.ts');
    const exitCode = await checkFile(file, planCheck(flags));
    if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
  });
}

/** What a load test calls the same. */
const targetFlags = flagsOf(targetOptions).filter(
  ([flag]) => !/^--(target|protocol|instance|max-stored) /.test(flag),
);

const historyFlags: FlagGroups = {
  'Target:': [
    ['--target <url>', 'a node of the cache; repeatable (default: start servers)', true],
    ...targetFlags,
  ],
  'Servers that it starts:': [
    ['--redis <url>', 'start nodes over one shared store in this Redis (default: one server)'],
    ['--s3 <url>', 'where the nodes keep larger bodies, with --bucket'],
    ['--bucket <name>', 'the bucket'],
    ['--nodes <n>', 'how many nodes, with --redis (default 3)'],
    ['--faults <list>', 'kill, stop, reload, or none (default: kill,stop,reload)'],
  ],
  'Work:': [
    ['--clients <n>', 'how many clients (default 16)'],
    ['--keys <n>', 'how many keys they share (default 64)'],
    ['--spaces <list>', 'where keys are: blobs, ac, cas (default: all)'],
    ['--sizes <list>', 'sizes of values (default 100,4KiB,20KiB,300KiB,1536KiB)'],
    ['--duration <time>', 'how long they work (default 20s)'],
    ['--timeout <time>', 'how long one operation may take (default 5s)'],
    ['--seed <n>', 'what the clients do follows from it (default: random)'],
  ],
  'Output:': [
    ['--output <FILE>', 'the history and its verdict, as JSON lines'],
    ['--quiet', 'hide progress'],
  ],
};

const checkFlags: FlagGroups = {
  'Failovers of Redis:': [
    ['--failover <time>', 'when one happened, such as 2026-05-04T10:00:00Z; repeatable', true],
    ['--losable <time>', 'how much it may lose from before (default 1s)'],
  ],
};

const codes = exitCodeHelp({
  ok: 'PASS',
  fail: 'FAIL: the history contradicts what the cache promises',
  noAnswer: 'no target, or a file that cannot be read or written',
  void: 'too few operations or no fault',
});

const historyHelp = `
${codes}

Examples:
  memobuild prove history
  memobuild prove history --redis redis://127.0.0.1:6379 --nodes 3 --faults kill --output h.jsonl
  memobuild prove history --target http://a.example:8080 --target http://b.example:8080`;

const checkHelp = `
${codes}

Examples:
  memobuild prove check h.jsonl
  memobuild prove check h.jsonl --failover 2026-05-04T10:00:00Z --losable 1s`;
