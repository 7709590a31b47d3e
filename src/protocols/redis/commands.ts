import { CacheError } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import type { Action } from '../shared/access.ts';
import { toolNamespace } from '../shared/namespaces.ts';
import { toolPathBytesMax } from '../shared/tool-path.ts';
import {
  argumentBytesMax,
  argumentsMax,
  BrokenReply,
  type CommandContext,
  leftoverBytesMax,
} from './context.ts';
import { redisName } from './name.ts';
import {
  absentReply,
  arrayHead,
  bulkEnd,
  bulkHead,
  bulkReply,
  errorReply,
  numberReply,
  okReply,
  RespProtocolError,
  simpleReply,
} from './wire.ts';

/** One command of the subset. */
export interface Command {
  readonly name: string;
  /** What is done to entries; `open`: nothing, and no credential is asked. */
  readonly access: 'open' | Action;
  readonly argumentsMin: number;
  readonly argumentsMost: number;
  /** The reply that says 'not there', where it is not the absent bulk string. */
  readonly absent?: Uint8Array;
  run(context: CommandContext): Promise<void>;
}

/** The command of a name in capitals; `undefined` for one that is not taken. */
export function commandOf(name: string): Command | undefined {
  return commands.get(name);
}

/** Where all entries of this protocol lie. */
export const redisNamespace: string = toolNamespace(redisName, '');

async function get(context: CommandContext): Promise<void> {
  const { options, connection, state } = context;
  const found = await options.cache.get(await readKey(context), state.caller);
  if (found.kind === 'miss') return await context.reply(absentReply);
  if (found.bytes !== undefined) {
    await context.reply(bulkHead(found.sizeBytes));
    await context.reply(found.bytes);
    return await context.reply(bulkEnd);
  }
  const body = found.stream({ signal: connection.signal })[Symbol.asyncIterator]();
  try {
    // The head waits for the first piece: a file that is missing by then is still a plain miss.
    let piece = await body.next();
    await context.reply(bulkHead(found.sizeBytes));
    try {
      for (; piece.done !== true; piece = await body.next()) await context.reply(piece.value);
    } catch (error) {
      throw new BrokenReply('a value broke off', { cause: error });
    }
    await context.reply(bulkEnd);
  } finally {
    await body.return?.();
  }
}

async function set(context: CommandContext): Promise<void> {
  const { options, connection, reader } = context;
  if (context.argumentCount !== 2) {
    throw new CacheError(
      'bad_request',
      'SET takes a key and a value and no options: entries go when the room is needed, not by time',
    );
  }
  const key = await readKey(context);
  const sizeBytes = await reader.bulkHead(Number.MAX_SAFE_INTEGER);
  if (sizeBytes > options.blobBytesMax + leftoverBytesMax) {
    // Too much to be read and thrown away: the connection ends after the error.
    throw new RespProtocolError(`invalid bulk length: at most ${options.blobBytesMax} are taken`);
  }
  const value = new CountedBody(reader.take(sizeBytes));
  try {
    await options.cache.put(key, context.state.caller, value, {
      sizeBytes,
      opaque: true,
      signal: connection.signal,
    });
  } catch (error) {
    if (value.broken !== undefined) throw value.broken;
    await skipValue(context, sizeBytes - value.readBytes);
    throw error;
  }
  await reader.bulkEnd();
  context.argumentsRead += 1;
  await context.reply(okReply);
}

/** Reads on to the end of a value that was not stored. */
async function skipValue(context: CommandContext, leftBytes: number): Promise<void> {
  if (leftBytes > leftoverBytesMax) throw new RespProtocolError('the value was not taken');
  for await (const part of context.reader.take(leftBytes)) void part;
  await context.reader.bulkEnd();
  context.argumentsRead += 1;
}

/** A value being read, which remembers how far that went: what is left has to be skipped. */
class CountedBody implements AsyncIterable<Uint8Array> {
  readBytes = 0;
  /** What broke the connection, as opposed to what refused the value. */
  broken: unknown;
  readonly #source: AsyncGenerator<Uint8Array, void, undefined>;

  constructor(source: AsyncGenerator<Uint8Array, void, undefined>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const next = await this.#source.next();
        if (next.done === true) return;
        this.readBytes += next.value.byteLength;
        yield next.value;
      }
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }
}

async function exists(context: CommandContext): Promise<void> {
  let present = 0;
  for (let index = 0; index < context.argumentCount; index += 1) {
    const found = await context.options.cache.head(await readKey(context), context.state.caller);
    if (found.kind === 'hit') present += 1;
  }
  await context.reply(numberReply(present));
}

async function del(context: CommandContext): Promise<void> {
  const { cache } = context.options;
  const { signal } = context.connection;
  let deleted = 0;
  for (let index = 0; index < context.argumentCount; index += 1) {
    const key = await readKey(context);
    deleted += (await cache.purge({ what: 'key', key }, context.state.caller, { signal })).entries;
  }
  await context.reply(numberReply(deleted));
}

async function strlen(context: CommandContext): Promise<void> {
  const found = await context.options.cache.head(await readKey(context), context.state.caller);
  await context.reply(numberReply(found.kind === 'miss' ? 0 : found.sizeBytes));
}

async function ping(context: CommandContext): Promise<void> {
  await context.reply(
    context.argumentCount === 0 ? simpleReply('PONG') : bulkReply(await readText(context)),
  );
}

async function select(context: CommandContext): Promise<void> {
  const index = await readText(context);
  if (index !== '0') throw new CacheError('bad_request', 'DB index is out of range: 0 is taken');
  await context.reply(okReply);
}

async function auth(context: CommandContext): Promise<void> {
  const first = await readText(context);
  const second = context.argumentCount === 2 ? await readText(context) : undefined;
  signIn(context, first, second);
  await context.reply(okReply);
}

/** `HELLO [2 [AUTH user password] [SETNAME name]]`. RESP3 is not spoken: `NOPROTO` makes clients stay with RESP2. */
async function hello(context: CommandContext): Promise<void> {
  const words: string[] = [];
  while (context.argumentsRead < context.argumentCount) words.push(await readText(context));
  const [version = '2', ...settings] = words;
  if (version !== '2') {
    return await context.reply(errorReply('NOPROTO unsupported protocol version: 2 is spoken'));
  }
  for (let at = 0; at < settings.length; at += 1) {
    const setting = settings[at]?.toUpperCase();
    if (setting === 'AUTH') signIn(context, settings[++at] ?? '', settings[++at]);
    else if (setting === 'SETNAME') at += 1;
    else throw new CacheError('bad_request', `HELLO takes AUTH and SETNAME, got ${setting}`);
  }
  await context.reply(arrayHead(6));
  await context.reply(bulkReply('server'));
  await context.reply(bulkReply('memobuild'));
  await context.reply(bulkReply('proto'));
  await context.reply(numberReply(2));
  await context.reply(bulkReply('mode'));
  await context.reply(bulkReply('standalone'));
}

/** Clients name themselves and their library here, which changes nothing. */
async function client(context: CommandContext): Promise<void> {
  while (context.argumentsRead < context.argumentCount) await readText(context);
  await context.reply(okReply);
}

async function quit(context: CommandContext): Promise<void> {
  context.state.closing = true;
  await context.reply(okReply);
}

/** A password alone is a bearer token; with a user, or against tokens that are so kept, basic. */
function signIn(
  { options, state, connection }: CommandContext,
  first: string,
  second?: string,
): void {
  const user = second === undefined ? 'default' : first;
  const password = second ?? first;
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const isToken = /^\S+$/.test(password) && user === 'default';
  for (const authorization of isToken ? [`Bearer ${password}`, basic] : [basic]) {
    try {
      options.access.identify(authorization, connection);
      state.authorization = authorization;
      return;
    } catch (error) {
      if (!(error instanceof CacheError) || error.code !== 'unauthenticated') throw error;
    }
  }
  throw new CacheError('unauthenticated', 'unknown credential');
}

async function readKey(context: CommandContext): Promise<EntryKey> {
  const bytes = await readArgument(context);
  const key = utf8Of(bytes);
  if (key === undefined || bytes.length > toolPathBytesMax || !/^\P{Cc}+$/u.test(key)) {
    throw new CacheError(
      'invalid_key',
      `a key takes 1 to ${toolPathBytesMax} bytes of UTF-8 text without control characters`,
    );
  }
  return { space: 'ac', namespace: redisNamespace, key };
}

async function readText(context: CommandContext): Promise<string> {
  return (await readArgument(context)).toString('utf8');
}

async function readArgument(context: CommandContext): Promise<Buffer> {
  const bytes = await context.reader.bulk(argumentBytesMax);
  context.argumentsRead += 1;
  return bytes;
}

function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const noKeys = numberReply(0);
const many = { argumentsMin: 1, argumentsMost: argumentsMax, absent: noKeys } as const;

const commands: ReadonlyMap<string, Command> = new Map(
  (
    [
      { name: 'get', access: 'read', argumentsMin: 1, argumentsMost: 1, run: get },
      { name: 'set', access: 'write', argumentsMin: 2, argumentsMost: argumentsMax, run: set },
      { name: 'exists', access: 'read', ...many, run: exists },
      { name: 'del', access: 'write', ...many, run: del },
      { name: 'unlink', access: 'write', ...many, run: del },
      {
        name: 'strlen',
        access: 'read',
        argumentsMin: 1,
        argumentsMost: 1,
        absent: noKeys,
        run: strlen,
      },
      { name: 'ping', access: 'open', argumentsMin: 0, argumentsMost: 1, run: ping },
      { name: 'select', access: 'open', argumentsMin: 1, argumentsMost: 1, run: select },
      { name: 'auth', access: 'open', argumentsMin: 1, argumentsMost: 2, run: auth },
      { name: 'hello', access: 'open', argumentsMin: 0, argumentsMost: 7, run: hello },
      { name: 'client', access: 'open', argumentsMin: 1, argumentsMost: 8, run: client },
      { name: 'quit', access: 'open', argumentsMin: 0, argumentsMost: 0, run: quit },
    ] satisfies Command[]
  ).map((command) => [command.name.toUpperCase(), command]),
);
