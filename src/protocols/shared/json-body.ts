import { atMost, CacheError, collect, messageOf } from '../../core/index.ts';
import { assertJson, type UniversalRequest } from './universal.ts';

/**
 * Most values of a JSON text, unless its reader takes fewer or more. Three bytes on the wire can be
 * one value (`{},`), which takes 50 bytes and more in memory, and time of the one thread.
 */
export const jsonValuesMax = 250_000;

/**
 * Parses JSON whose sender is not trusted: its values are counted before any object is made.
 * @throws {CacheError} `too_large` for more than `valuesMax` values, `bad_request` for what is not
 * JSON in UTF-8.
 */
export function parseJson(bytes: Uint8Array, valuesMax: number = jsonValuesMax): unknown {
  // A value has a byte at least, and a comma or a bracket before it.
  if (bytes.byteLength > 2 * valuesMax) assertFewValues(bytes, valuesMax);
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new CacheError('bad_request', `the body must be JSON in UTF-8: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads a request's body as JSON.
 * @throws {CacheError} `bad_request` also where it is not announced as JSON; `too_large`.
 */
export async function readJson(
  request: UniversalRequest,
  { bytesMax, valuesMax }: { readonly bytesMax: number; readonly valuesMax?: number },
): Promise<unknown> {
  assertJson(request);
  const tooLarge = (): CacheError =>
    new CacheError('too_large', `the body may have at most ${bytesMax} bytes`);
  return parseJson(await collect(atMost(request.body, bytesMax, tooLarge)), valuesMax);
}

/** Counts what precedes a value outside of strings. @throws {CacheError} `too_large`. */
function assertFewValues(bytes: Uint8Array, valuesMax: number): void {
  let values = 1;
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = stringEnd(bytes, at);
    else if (byte === comma || byte === bracket || byte === brace) {
      values += 1;
      if (values > valuesMax) {
        throw new CacheError('too_large', `a JSON body may have at most ${valuesMax} values`);
      }
    }
  }
}

/** Where the string that begins at `start` ends, or the text where it does not. */
function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.byteLength; at += 1) {
    const byte = bytes[at];
    if (byte === backslash) at += 1;
    else if (byte === quote) return at;
  }
  return bytes.byteLength;
}

const quote = 0x22;
const comma = 0x2c;
const bracket = 0x5b;
const backslash = 0x5c;
const brace = 0x7b;

const utf8 = new TextDecoder('utf-8', { fatal: true });
