import { CacheError } from '../../core/index.ts';
import { assertJson, type UniversalRequest } from '../shared/universal.ts';

/**
 * Reads a bounded body as JSON.
 * @throws {CacheError} `too_large`, `bad_request`.
 */
export async function readSmallJson(request: UniversalRequest, bytesMax: number): Promise<unknown> {
  assertJson(request);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bytesMax) {
      throw new CacheError('too_large', `the body takes at most ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(utf8.decode(Buffer.concat(chunks)));
  } catch (error) {
    throw new CacheError('bad_request', 'the body takes JSON in UTF-8', { cause: error });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
