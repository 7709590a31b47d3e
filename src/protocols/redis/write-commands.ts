import { CacheError } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { readInteger, readKey, readWords } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { syntaxError } from './reply-error.ts';
import { checkTimeToLive } from './set-options.ts';
import { type StoreOptions, storeValue } from './store-value.ts';
import { nullReply, numberReply, okReply } from './wire.ts';

/** `SET key value [NX] [EX s | PX ms | EXAT t | PXAT t | KEEPTTL]`. */
export async function set(context: CommandContext): Promise<void> {
  const stored = await storeIfWanted(context, { optionsFollow: context.argumentCount > 2 });
  await context.reply(stored ? okReply : nullReply(context.state.protocol));
}

/** `SETNX key value`: 1 where it was stored, 0 where there was an entry. */
export async function setnx(context: CommandContext): Promise<void> {
  await context.reply(numberReply((await storeIfWanted(context, { ifAbsent: true })) ? 1 : 0));
}

/** `SETEX key seconds value`, `PSETEX key ms value`: the time is a hint, checked and ignored. */
export function setWithTime(name: 'setex' | 'psetex'): (context: CommandContext) => Promise<void> {
  return async (context) => {
    const key = await readKey(context);
    checkTimeToLive(name, await readInteger(context));
    await storeValue(context, key);
    await context.reply(okReply);
  };
}

/** Whether it was stored: it is not where only an absent key was to be written. */
async function storeIfWanted(context: CommandContext, options: StoreOptions): Promise<boolean> {
  const key = await readKey(context);
  try {
    await storeValue(context, key, options);
    return true;
  } catch (error) {
    if (error instanceof CacheError && error.code === 'exists') return false;
    throw error;
  }
}

/** `DEL key…`, `UNLINK key…`. */
export async function del(context: CommandContext): Promise<void> {
  let deleted = 0;
  while (context.argumentsRead < context.argumentCount) {
    deleted += await deleteEntry(context, await readKey(context));
  }
  await context.reply(numberReply(deleted));
}

/**
 * `EXPIRE`, `PEXPIRE`: entries have no time to live, so 0, 'not set', is the answer; a time that is
 * over deletes the entry at once, as in Redis.
 */
export async function expire(context: CommandContext): Promise<void> {
  const key = await readKey(context);
  const time = await readInteger(context);
  if ((await readWords(context)).length > 0) {
    throw syntaxError('EXPIRE takes a key and a time; its conditions are not offered');
  }
  await context.reply(numberReply(time > 0 ? 0 : await deleteEntry(context, key)));
}

/** `PERSIST key`: no entry has a time to live that could be taken away. */
export async function persist(context: CommandContext): Promise<void> {
  await readKey(context);
  await context.reply(numberReply(0));
}

async function deleteEntry(context: CommandContext, key: EntryKey): Promise<number> {
  const { cache } = context.options;
  const { signal } = context.connection;
  return (await cache.purge({ what: 'key', key }, context.state.caller, { signal })).entries;
}
