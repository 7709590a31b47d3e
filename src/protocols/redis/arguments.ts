import { CacheError } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { toolNamespace } from '../shared/namespaces.ts';
import { toolPathBytesMax } from '../shared/tool-path.ts';
import { argumentBytesMax, type CommandContext } from './context.ts';
import { redisName } from './name.ts';
import { RedisReplyError } from './reply-error.ts';

/** Where all entries of this protocol lie. */
export const redisNamespace: string = toolNamespace(redisName, '');

/** The next argument as a key. @throws {CacheError} `invalid_key`. */
export async function readKey(context: CommandContext): Promise<EntryKey> {
  const bytes = await readArgument(context);
  const key = utf8Of(bytes);
  if (key === undefined || bytes.length > toolPathBytesMax || !/^\P{Cc}+$/u.test(key)) {
    throw new CacheError(
      'invalid_key',
      `a key must be 1 to ${toolPathBytesMax} bytes of UTF-8 text without control characters`,
    );
  }
  context.state.key ??= key;
  return { space: 'ac', namespace: redisNamespace, key };
}

export async function readText(context: CommandContext): Promise<string> {
  return (await readArgument(context)).toString('utf8');
}

/** All arguments that are left. */
export async function readWords(context: CommandContext): Promise<string[]> {
  const words: string[] = [];
  while (context.argumentsRead < context.argumentCount) words.push(await readText(context));
  return words;
}

/** @throws {RedisReplyError} */
export async function readInteger(context: CommandContext): Promise<number> {
  return parseInteger(await readText(context));
}

/** @throws {RedisReplyError} */
export function parseInteger(text: string | undefined): number {
  if (text !== undefined && /^-?\d{1,15}$/.test(text)) return Number(text);
  throw new RedisReplyError('ERR value is not an integer or out of range');
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
