import { type Caller, nobody } from '../../cache/index.ts';
import { CacheError, messageOf } from '../../core/index.ts';
import { redisNamespace } from './arguments.ts';
import { type Command, commandOf } from './commands.ts';
import {
  argumentBytesMax,
  argumentsMax,
  BrokenReply,
  type CommandContext,
  leftoverBytesMax,
  type RedisConnection,
  type RedisOptions,
  type SessionState,
} from './context.ts';
import { redisRefusal } from './errors.ts';
import { redisName } from './name.ts';
import { RedisReplyError, unknownCommand, wrongArgumentCount } from './reply-error.ts';
import { commandBytes, errorReply, nullReply, RespProtocolError, RespReader } from './wire.ts';

/** Small replies to pipelined commands go out together once they are this long. */
const batchBytesMax = 16 * 1024;

/** Stands for the caller until a command touches entries. */
const nobodyHere: Caller = { principal: nobody, namespace: redisNamespace, protocol: redisName };

/** Serves one connection, command by command, until it ends. Never throws. */
export async function serveRedis(
  options: RedisOptions,
  connection: RedisConnection,
): Promise<void> {
  const reader = new RespReader(connection.source);
  const state = newState();
  const out = new ReplyBuffer(connection);
  try {
    for (;;) {
      connection.onPhase('idle');
      const head = await reader.commandHead(argumentsMax);
      if (head === undefined) break;
      connection.onPhase('busy');
      const isLine = typeof head === 'object';
      const words = isLine ? await readerOfLine(head) : reader;
      await serveCommand(options, connection, state, words, out, isLine ? head.length : head);
      if (!reader.hasMore || state.closing) await out.flush();
      if (state.closing || options.isDraining()) break;
    }
    await out.flush();
  } catch (error) {
    if (error instanceof RespProtocolError) {
      await out.add(errorReply(`ERR Protocol error: ${error.message}`)).catch(() => {});
      await out.flush().catch(() => {});
    }
    // Whatever else ends a session ends its connection, so no answer can be sent.
  } finally {
    await reader.close().catch(() => {});
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The connections that this process has served. */
let served = 0;

function newState(): SessionState {
  served += 1;
  return {
    authorization: undefined,
    caller: nobodyHere,
    closing: false,
    key: undefined,
    protocol: 2,
    // Below 2^53: a process id has at most 22 bits.
    id: process.pid * 2 ** 31 + served,
    name: '',
    library: { 'lib-name': '', 'lib-ver': '' },
  };
}

/**
 * A command that came as a line of words, as if it had come as an array. Those that touch entries are
 * not taken so: what a browser or another protocol's client sends must not look like one.
 * @throws {RespProtocolError}
 */
async function readerOfLine(words: readonly string[]): Promise<RespReader> {
  const name = words[0] ?? '';
  if (commandOf(name.toUpperCase())?.access !== 'open') {
    throw new RespProtocolError("expected '*': a line of words takes PING and its like alone");
  }
  const reader = new RespReader(once(commandBytes(words)));
  await reader.commandHead(argumentsMax);
  return reader;
}

async function serveCommand(
  options: RedisOptions,
  connection: RedisConnection,
  state: SessionState,
  reader: RespReader,
  out: ReplyBuffer,
  count: number,
): Promise<void> {
  const startedMs = performance.now();
  let command: Command | undefined;
  let succeeded = false;
  let complete = false;
  state.key = undefined;
  try {
    const name = (await reader.bulk(argumentBytesMax)).toString('latin1').toUpperCase();
    command = commandOf(name);
    const context: CommandContext = {
      options,
      connection,
      state,
      reader,
      argumentCount: count - 1,
      argumentsRead: 0,
      reply: (bytes) => out.add(bytes),
    };
    succeeded = await attempt(command, context, name);
    complete = true;
  } finally {
    options.onCommand?.({
      command: command?.name ?? 'other',
      key: state.key,
      succeeded,
      complete,
      durationMs: performance.now() - startedMs,
      principal: command?.access === 'open' ? '' : state.caller.principal.name,
      remoteAddress: connection.remoteAddress,
    });
  }
}

async function attempt(
  command: Command | undefined,
  context: CommandContext,
  name: string,
): Promise<boolean> {
  try {
    if (command === undefined) {
      throw unknownCommand(name);
    }
    admit(command, context);
    await command.run(context);
    return true;
  } catch (error) {
    if (error instanceof RespProtocolError || error instanceof BrokenReply) throw error;
    await skipArguments(context);
    await refuse(command, context, error);
    return false;
  }
}

function admit(
  { access, argumentsMin, argumentsMost, name }: Command,
  context: CommandContext,
): void {
  const { options, state, connection, argumentCount } = context;
  if (argumentCount < argumentsMin || argumentCount > argumentsMost) {
    throw wrongArgumentCount(name);
  }
  if (access === 'open') return;
  const principal = options.access.identify(state.authorization, connection);
  options.access.permit(principal, { namespace: redisNamespace, action: access });
  if (state.caller.principal !== principal) state.caller = { ...nobodyHere, principal };
}

/** Reads the arguments that a refused command left, so that the next command is found. */
async function skipArguments(context: CommandContext): Promise<void> {
  let leftBytes = leftoverBytesMax;
  for (; context.argumentsRead < context.argumentCount; context.argumentsRead += 1) {
    const sizeBytes = await context.reader.bulkHead(leftBytes);
    for await (const part of context.reader.take(sizeBytes)) leftBytes -= part.byteLength;
    await context.reader.bulkEnd();
  }
}

async function refuse(
  command: Command | undefined,
  context: CommandContext,
  thrown: unknown,
): Promise<void> {
  if (thrown instanceof RedisReplyError) return await context.reply(errorReply(thrown.message));
  const error =
    thrown instanceof CacheError
      ? thrown
      : new CacheError('unavailable', `internal error: ${messageOf(thrown)}`, { cause: thrown });
  const kind = command?.access === 'write' ? 'store' : 'lookup';
  const text = redisRefusal(error, kind);
  if (text !== undefined) await context.reply(errorReply(text));
  else await context.reply(command?.absent ?? nullReply(context.state.protocol));
}

/** Gathers small replies. */
class ReplyBuffer {
  readonly #connection: RedisConnection;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    if (this.#heldBytes >= batchBytesMax) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#heldBytes === 0) return;
    const only = this.#held.length === 1 ? this.#held[0] : undefined;
    const bytes = only ?? Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    try {
      await this.#connection.write(bytes);
    } catch (error) {
      // Nothing more reaches this client, so what else it asked for is not carried out.
      throw new BrokenReply('a reply was not read', { cause: error });
    }
  }
}
