import { readText, readWords } from './arguments.ts';
import { connectionName, replyWithFields } from './connection-commands.ts';
import type { CommandContext, SessionState } from './context.ts';
import {
  RedisReplyError,
  syntaxError,
  unknownSubcommand,
  wrongArgumentCount,
} from './reply-error.ts';
import { arrayHead, bulkReply, nullReply, numberReply, okReply, setHead } from './wire.ts';

/** `CLIENT <subcommand> …`: what a client says about its connection, and asks about it. */
export async function client(context: CommandContext): Promise<void> {
  const name = await readText(context);
  const words = await readWords(context);
  const subcommand = subcommands.get(name.toUpperCase());
  if (subcommand === undefined) throw unknownSubcommand('client', name);
  if (
    words.length < subcommand.wordsMin ||
    words.length > (subcommand.wordsMost ?? subcommand.wordsMin)
  ) {
    throw wrongArgumentCount(`client|${name.toLowerCase()}`);
  }
  await subcommand.run(context, words);
}

interface Subcommand {
  readonly wordsMin: number;
  /** Default: `wordsMin`. */
  readonly wordsMost?: number;
  readonly run: (context: CommandContext, words: readonly string[]) => Promise<void>;
}

const subcommands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ['ID', { wordsMin: 0, run: ({ reply, state }) => reply(numberReply(state.id)) }],
  ['INFO', { wordsMin: 0, run: ({ reply, state }) => reply(bulkReply(describe(state))) }],
  ['GETNAME', { wordsMin: 0, run: getName }],
  ['SETNAME', { wordsMin: 1, run: setName }],
  ['SETINFO', { wordsMin: 2, run: setInfo }],
  ['TRACKING', { wordsMin: 1, wordsMost: 16, run: onlyOff('invalidations of keys') }],
  ['TRACKINGINFO', { wordsMin: 0, run: trackingInfo }],
  ['GETREDIR', { wordsMin: 0, run: ({ reply }) => reply(numberReply(-1)) }],
  [
    'NO-EVICT',
    { wordsMin: 1, run: onlyOff('connections that are never closed for lack of memory') },
  ],
  ['NO-TOUCH', { wordsMin: 1, run: onlyOff('lookups that do not count as uses') }],
]);

async function getName({ reply, state }: CommandContext): Promise<void> {
  await reply(state.name === '' ? nullReply(state.protocol) : bulkReply(state.name));
}

async function setName(
  { reply, state }: CommandContext,
  [name = '']: readonly string[],
): Promise<void> {
  state.name = connectionName(name);
  await reply(okReply);
}

async function setInfo(
  { reply, state }: CommandContext,
  [attribute = '', value = '']: readonly string[],
): Promise<void> {
  const name = attribute.toLowerCase();
  if (name !== 'lib-name' && name !== 'lib-ver') {
    throw new RedisReplyError(`ERR Unrecognized option '${connectionName(attribute)}'`);
  }
  if (!/^[!-~]*$/.test(value)) {
    throw new RedisReplyError(`ERR ${name} cannot contain spaces, newlines or special characters.`);
  }
  state.library[name] = value;
  await reply(okReply);
}

/** Takes OFF, which is how it is, and refuses ON: to say OK to that would be untrue. */
function onlyOff(what: string): Subcommand['run'] {
  return async ({ reply }, [mode = '']) => {
    switch (mode.toUpperCase()) {
      case 'OFF':
        return await reply(okReply);
      case 'ON':
        throw new RedisReplyError(`ERR not offered: ${what}`);
      default:
        throw syntaxError('ON or OFF');
    }
  };
}

async function trackingInfo(context: CommandContext): Promise<void> {
  await replyWithFields(context, [
    ['flags', Buffer.concat([setHead(1, context.state.protocol), bulkReply('off')])],
    ['redirect', numberReply(-1)],
    ['prefixes', arrayHead(0)],
  ]);
}

function describe({ id, name, protocol, library }: SessionState): string {
  const { 'lib-name': libName, 'lib-ver': libVersion } = library;
  return `id=${id} name=${name} db=0 resp=${protocol} lib-name=${libName} lib-ver=${libVersion}\n`;
}
