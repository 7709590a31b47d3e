import { atMost, CacheError, collect } from '../../core/index.ts';
import { assertJson, type UniversalRequest } from './universal.ts';

/**
 * Reads a bounded body as JSON.
 * @throws {CacheError} `too_large`, `bad_request`.
 */
export async function readSmallJson(request: UniversalRequest, bytesMax: number): Promise<unknown> {
  assertJson(request);
  const tooLarge = (): CacheError =>
    new CacheError('too_large', `the body takes at most ${bytesMax} bytes`);
  const bytes = await collect(atMost(request.body, bytesMax, tooLarge));
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new CacheError('bad_request', 'the body takes JSON in UTF-8', { cause: error });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
