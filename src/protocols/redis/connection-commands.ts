import { CacheError, memobuildVersion } from '../../core/index.ts';
import { readText, readWords } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { RedisReplyError, syntaxError } from './reply-error.ts';
import {
  arrayHead,
  bulkReply,
  errorReply,
  mapHead,
  numberReply,
  okReply,
  type RespVersion,
  simpleReply,
} from './wire.ts';

/** `PING [text]`. */
export async function ping(context: CommandContext): Promise<void> {
  await context.reply(
    context.argumentCount === 0 ? simpleReply('PONG') : bulkReply(await readText(context)),
  );
}

/** `ECHO text`. */
export async function echo(context: CommandContext): Promise<void> {
  await context.reply(bulkReply(await readText(context)));
}

/** `SELECT 0`. */
export async function select(context: CommandContext): Promise<void> {
  const index = await readText(context);
  if (index !== '0') throw new RedisReplyError('ERR DB index is out of range: it must be 0');
  await context.reply(okReply);
}

/** `AUTH [user] password`. */
export async function auth(context: CommandContext): Promise<void> {
  const first = await readText(context);
  const second = context.argumentCount === 2 ? await readText(context) : undefined;
  signIn(context, first, second);
  await context.reply(okReply);
}

/** `HELLO [2 | 3 [AUTH user password] [SETNAME name]]`. Nothing is changed unless all of it is taken. */
export async function hello(context: CommandContext): Promise<void> {
  const { state } = context;
  const [version, ...settings] = await readWords(context);
  const protocol = version === undefined ? state.protocol : respVersionOf(version);
  if (protocol === undefined) {
    return await context.reply(
      errorReply('NOPROTO unsupported protocol version: 2 and 3 are supported'),
    );
  }
  let name: string | undefined;
  let login: readonly [user: string, password: string] | undefined;
  for (let at = 0; at < settings.length; at += 1) {
    const setting = settings[at]!.toUpperCase();
    if (setting === 'AUTH') login = [settings[++at] ?? '', settings[++at] ?? ''];
    else if (setting === 'SETNAME') name = connectionName(settings[++at] ?? '');
    else throw syntaxError('HELLO takes AUTH and SETNAME');
  }
  if (login !== undefined) signIn(context, ...login);
  if (name !== undefined) state.name = name;
  state.protocol = protocol;
  await replyWithFields(context, [
    ['server', bulkReply('memobuild')],
    ['version', bulkReply(memobuildVersion)],
    ['proto', numberReply(protocol)],
    ['id', numberReply(state.id)],
    ['mode', bulkReply('standalone')],
    ['role', bulkReply('master')],
    ['modules', arrayHead(0)],
  ]);
}

/** A map in RESP3, and in RESP2 an array of its names and values in turn. */
export async function replyWithFields(
  context: CommandContext,
  fields: readonly (readonly [name: string, reply: Uint8Array])[],
): Promise<void> {
  const isMap = context.state.protocol === 3;
  await context.reply(isMap ? mapHead(fields.length) : arrayHead(2 * fields.length));
  for (const [name, reply] of fields) {
    await context.reply(bulkReply(name));
    await context.reply(reply);
  }
}

/** `INFO [section…]`: some clients ask it before they take a connection as ready. */
export async function info(context: CommandContext): Promise<void> {
  await readWords(context);
  const lines = [
    '# Server',
    'server_name:memobuild',
    `memobuild_version:${memobuildVersion}`,
    'redis_mode:standalone',
    '# Persistence',
    `loading:${context.options.isDraining() ? 1 : 0}`,
    '# Replication',
    'role:master',
    '',
  ];
  await context.reply(bulkReply(lines.join('\r\n')));
}

/** `QUIT`. */
export async function quit(context: CommandContext): Promise<void> {
  context.state.closing = true;
  await context.reply(okReply);
}

/** The name that a client gives its connection. @throws {RedisReplyError} */
export function connectionName(name: string): string {
  if (/^[!-~]*$/.test(name)) return name;
  throw new RedisReplyError(
    'ERR Client names cannot contain spaces, newlines or special characters.',
  );
}

function respVersionOf(text: string): RespVersion | undefined {
  if (text === '2') return 2;
  return text === '3' ? 3 : undefined;
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
  options.onFailedLogin?.(connection);
  throw new CacheError('unauthenticated', 'unknown credential');
}
