import type { EntryKey } from '../../storage/index.ts';
import { readWords } from './arguments.ts';
import { type CommandContext, leftoverBytesMax } from './context.ts';
import { syntaxError } from './reply-error.ts';
import { parseSetOptions } from './set-options.ts';
import { RespProtocolError } from './wire.ts';

/** Largest value of a SET with NX, in bytes: the word comes after the value, which is held until then. */
export const conditionalValueBytesMax: number = 64 * 1024;

/** How the value that is next on the connection is stored. */
export interface StoreOptions {
  /** Refuses with `exists` where the key has an entry. Default false. */
  readonly ifAbsent?: boolean;
  /** The words of SET's options follow the value. Default false. */
  readonly optionsFollow?: boolean;
}

/**
 * Stores the value that is next on the connection, as it comes. One that is refused is read to its
 * end, so that the next command is found.
 * @throws {CacheError} as `Cache.put`. @throws {RespProtocolError} where too much is left to be read.
 */
export async function storeValue(
  context: CommandContext,
  key: EntryKey,
  { ifAbsent = false, optionsFollow = false }: StoreOptions = {},
): Promise<void> {
  const { options, reader } = context;
  const sizeBytes = await reader.bulkHead(Number.MAX_SAFE_INTEGER);
  if (sizeBytes > options.blobBytesMax + leftoverBytesMax) {
    // Too much to be read and thrown away: the connection ends after the error.
    throw new RespProtocolError(`invalid bulk length: the maximum is ${options.blobBytesMax}`);
  }
  const value = new IncomingValue(context, sizeBytes);
  if (!optionsFollow) return await putValue(context, key, value, ifAbsent);
  if (sizeBytes > conditionalValueBytesMax) {
    value.beforeItsEnd = async () => {
      if (!parseSetOptions(await readWords(context)).ifAbsent) return;
      throw syntaxError(
        `SET takes NX with values up to ${conditionalValueBytesMax} bytes; SETNX takes larger ones`,
      );
    };
    return await putValue(context, key, value, false);
  }
  const parts: Uint8Array[] = [];
  for await (const part of value) parts.push(part);
  const setOptions = parseSetOptions(await readWords(context));
  await options.cache.put(key, context.state.caller, Buffer.concat(parts), {
    ifAbsent: setOptions.ifAbsent,
    opaque: true,
    signal: context.connection.signal,
  });
}

async function putValue(
  { options, connection, state }: CommandContext,
  key: EntryKey,
  value: IncomingValue,
  ifAbsent: boolean,
): Promise<void> {
  try {
    await options.cache.put(key, state.caller, value, {
      sizeBytes: value.sizeBytes,
      ifAbsent,
      opaque: true,
      signal: connection.signal,
    });
  } catch (error) {
    if (value.broken !== undefined) throw value.broken;
    await value.skipRest();
    throw error;
  }
  await value.skipRest();
}

/** A value being read. It remembers how far that went: what is left has to be skipped. */
class IncomingValue implements AsyncIterable<Uint8Array> {
  readonly sizeBytes: number;
  /** Runs once all of it was read, and before its reader knows that: what it throws refuses the value. */
  beforeItsEnd: (() => Promise<void>) | undefined;
  /** What broke the connection or refused the value from within, as opposed to what the cache refused. */
  broken: unknown;
  readonly #context: CommandContext;
  #leftBytes: number;
  #ended = false;

  constructor(context: CommandContext, sizeBytes: number) {
    this.#context = context;
    this.sizeBytes = sizeBytes;
    this.#leftBytes = sizeBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const source = this.#context.reader.take(this.#leftBytes);
    try {
      for (;;) {
        const next = await source.next();
        if (next.done === true) break;
        this.#leftBytes -= next.value.byteLength;
        yield next.value;
      }
      await this.#end();
      await this.beforeItsEnd?.();
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }

  /** Reads on to its end. @throws {RespProtocolError} */
  async skipRest(): Promise<void> {
    if (this.#ended) return;
    if (this.#leftBytes > leftoverBytesMax) throw new RespProtocolError('the value was not taken');
    for await (const part of this.#context.reader.take(this.#leftBytes)) void part;
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#ended = true;
    await this.#context.reader.bulkEnd();
    this.#context.argumentsRead += 1;
  }
}
