import type { Action } from '../shared/access.ts';
import { client } from './client-command.ts';
import { auth, echo, hello, info, ping, quit, select } from './connection-commands.ts';
import { argumentsMax, type CommandContext } from './context.ts';
import { exists, get, getrange, strlen, ttl } from './read-commands.ts';
import { numberReply } from './wire.ts';
import { del, expire, persist, set, setnx, setWithTime } from './write-commands.ts';

/** One command of the subset. */
export interface Command {
  readonly name: string;
  /** What is done to entries; `open`: nothing, and no credential is asked. */
  readonly access: 'open' | Action;
  readonly argumentsMin: number;
  readonly argumentsMost: number;
  /** The reply that says 'not there', where it is not the null of the protocol. */
  readonly absent?: Uint8Array;
  run(context: CommandContext): Promise<void>;
}

/** The command of a name in capitals; `undefined` for one that is not taken. */
export function commandOf(name: string): Command | undefined {
  return commands.get(name);
}

type Run = Command['run'];
/** The number of arguments: the least, and the most where that is another. */
type Count = readonly [min: number, most?: number];

function open(name: string, [min, most = min]: Count, run: Run): Command {
  return { name, access: 'open', argumentsMin: min, argumentsMost: most, run };
}

function read(name: string, [min, most = min]: Count, run: Run, absent?: Uint8Array): Command {
  const command: Command = { name, access: 'read', argumentsMin: min, argumentsMost: most, run };
  return absent === undefined ? command : { ...command, absent };
}

function write(name: string, [min, most = min]: Count, run: Run): Command {
  return { name, access: 'write', argumentsMin: min, argumentsMost: most, run };
}

const noKeys = numberReply(0);
const noTimeNoKey = numberReply(-2);
const many: Count = [1, argumentsMax];
/** A key, a value, and room for the longest options: `NX EX 10`, and words that are refused. */
const setCount: Count = [2, 16];

const commands: ReadonlyMap<string, Command> = new Map(
  [
    read('get', [1], get),
    read('getrange', [3], getrange, Buffer.from('$0\r\n\r\n')),
    read('strlen', [1], strlen, noKeys),
    read('exists', many, exists, noKeys),
    read('ttl', [1], ttl, noTimeNoKey),
    read('pttl', [1], ttl, noTimeNoKey),
    write('set', setCount, set),
    write('setnx', [2], setnx),
    write('setex', [3], setWithTime('setex')),
    write('psetex', [3], setWithTime('psetex')),
    write('del', many, del),
    write('unlink', many, del),
    write('expire', [2, 3], expire),
    write('pexpire', [2, 3], expire),
    write('persist', [1], persist),
    open('ping', [0, 1], ping),
    open('echo', [1], echo),
    open('select', [1], select),
    open('auth', [1, 2], auth),
    open('hello', [0, 7], hello),
    open('client', [1, 32], client),
    open('info', [0, 16], info),
    open('quit', [0], quit),
  ].map((command) => [command.name.toUpperCase(), command]),
);
