import type { CacheHit } from '../../cache/index.ts';
import { readInteger, readKey } from './arguments.ts';
import { BrokenReply, type CommandContext } from './context.ts';
import { bulkEnd, bulkHead, bulkReply, nullReply, numberReply } from './wire.ts';

/** `GET key`. */
export async function get(context: CommandContext): Promise<void> {
  const found = await context.options.cache.get(await readKey(context), context.state.caller);
  if (found.kind === 'miss') return await context.reply(nullReply(context.state.protocol));
  await replyBytes(context, found, 0, found.sizeBytes);
}

/** `GETRANGE key start end`: both included, and counted from the end where they are negative. */
export async function getrange(context: CommandContext): Promise<void> {
  const key = await readKey(context);
  const [start, end] = [await readInteger(context), await readInteger(context)];
  const found = await context.options.cache.get(key, context.state.caller);
  if (found.kind === 'miss') return await context.reply(bulkReply(''));
  const { sizeBytes } = found;
  const first = start < 0 ? Math.max(0, sizeBytes + start) : start;
  const last = Math.min(end < 0 ? sizeBytes + end : end, sizeBytes - 1);
  if (first > last) return await context.reply(bulkReply(''));
  await replyBytes(context, found, first, last - first + 1);
}

async function replyBytes(
  context: CommandContext,
  found: CacheHit,
  offsetBytes: number,
  lengthBytes: number,
): Promise<void> {
  if (found.bytes !== undefined) {
    await context.reply(bulkHead(lengthBytes));
    await context.reply(found.bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
    return await context.reply(bulkEnd);
  }
  const { signal } = context.connection;
  const isWhole = lengthBytes === found.sizeBytes;
  const part = isWhole ? { signal } : { offsetBytes, lengthBytes, signal };
  const body = found.stream(part)[Symbol.asyncIterator]();
  try {
    // The head waits for the first piece: a file that is missing by then is still a plain miss.
    let piece = await body.next();
    await context.reply(bulkHead(lengthBytes));
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

/** `EXISTS key…`: how many of them, each as often as it is named. */
export async function exists(context: CommandContext): Promise<void> {
  let present = 0;
  while (context.argumentsRead < context.argumentCount) {
    if ((await headOf(context)).kind === 'hit') present += 1;
  }
  await context.reply(numberReply(present));
}

/** `STRLEN key`. */
export async function strlen(context: CommandContext): Promise<void> {
  const found = await headOf(context);
  await context.reply(numberReply(found.kind === 'miss' ? 0 : found.sizeBytes));
}

/** `TTL key`, `PTTL key`: -1, since entries are evicted when room is needed and not by time; -2 without an entry. */
export async function ttl(context: CommandContext): Promise<void> {
  await context.reply(numberReply((await headOf(context)).kind === 'miss' ? -2 : -1));
}

async function headOf(context: CommandContext) {
  return await context.options.cache.head(await readKey(context), context.state.caller);
}
