import { Command, CommanderError } from 'commander';
import {
  memobuildVersion,
  outliveStandardStreams,
  TemporaryDirectoryError,
  withoutPasswords,
} from '../core/index.ts';
import { CommandError, exitCodes } from './shared/exit-codes.ts';
import { takeArguments } from './shared/handed-arguments.ts';

/** A command's module: makes its commander command, whose action throws {@link CommandError} to end with a code. */
interface CommandModule {
  createCommand(): Command;
}

// A command's module is loaded only when it runs: `memobuild --help` must not pay for all.
const commands: Record<string, { summary: string; load: () => Promise<CommandModule> }> = {
  serve: { summary: 'run the cache server', load: () => import('./commands/serve/command.ts') },
  loadtest: {
    summary: 'load-test a cache with build-shaped traffic and judge it',
    load: () => import('./commands/loadtest/command.ts'),
  },
  compare: {
    summary: 'compare runs statistically',
    load: () => import('./commands/compare/command.ts'),
  },
  merge: {
    summary: 'merge the results of several generators into one',
    load: () => import('./commands/merge/command.ts'),
  },
  plot: {
    summary: 'draw charts and a report from result files',
    load: () => import('./commands/plot/command.ts'),
  },
  gate: {
    summary: 'run a release checklist and show the evidence of each row',
    load: () => import('./commands/gate/command.ts'),
  },
  prove: {
    summary: 'record what many clients saw while servers are harmed, and check it',
    load: () => import('./commands/prove/command.ts'),
  },
  trace: {
    summary: 'show how large a cache must be, from a recorded trace',
    load: () => import('./commands/trace/command.ts'),
  },
  purge: {
    summary: 'delete a key, a namespace or old entries from a running server',
    load: () => import('./commands/purge/command.ts'),
  },
  rebuild: {
    summary: 'make the index of a shared store anew when Redis has lost it',
    load: () => import('./commands/rebuild/command.ts'),
  },
};

async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('memobuild')
    .description('A remote build cache that can prove its own scale.')
    .version(memobuildVersion)
    .exitOverride()
    .configureOutput(withoutPasswordsToo);
  const asked = argv.find((arg) => !arg.startsWith('-'));
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = name === asked ? (await load()).createCommand() : new Command(name);
    program.addCommand(hidingPasswords(command.name(name).description(summary).exitOverride()));
  }
  if (argv.length === 0) {
    program.outputHelp({ error: true });
    throw new CommandError(exitCodes.usage, 'no command given');
  }
  await program.parseAsync(argv, { from: 'user' });
}

/** Commander repeats what it does not understand. */
const withoutPasswordsToo = {
  outputError: (text: string, write: (text: string) => void): void => write(withoutPasswords(text)),
};

function hidingPasswords(command: Command): Command {
  for (const part of command.commands) hidingPasswords(part);
  return command.configureOutput(withoutPasswordsToo);
}

/** Whoever lists the machine's processes sees their arguments. */
function hideArguments(argv: readonly string[]): void {
  const shown = argv.map(withoutPasswords);
  if (shown.some((arg, at) => arg !== argv[at])) process.title = ['memobuild', ...shown].join(' ');
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // commander has printed its message already; help and version end with its own code 0.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  if (error instanceof CommandError) {
    process.stderr.write(`memobuild: ${withoutPasswords(error.message)}\n`);
    return error.exitCode;
  }
  if (error instanceof TemporaryDirectoryError) {
    process.stderr.write(`memobuild: ${error.message}\n`);
    return exitCodes.noAnswer;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`memobuild: internal error, please report it\n${withoutPasswords(text)}\n`);
  return exitCodes.noAnswer;
}

outliveStandardStreams();

try {
  const argv = takeArguments(process.argv.slice(2), process.env);
  hideArguments(argv);
  await run(argv);
} catch (error) {
  process.exitCode = report(error);
}
