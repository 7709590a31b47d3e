import { CacheError } from '../core/index.ts';
import { abortable, referencesBytesMax } from '../storage/index.ts';
import { mayBeginMessage } from './wire-walk.ts';

type Body = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Looks at the first bytes of what is stored in the action cache: only what could be an action result
 * is held in memory and searched for the blobs it names. Other tools keep bodies of any size there.
 * @returns the body to be stored in place of the one given.
 * @throws {CacheError} `too_large` for an action result that is too large to be looked into; from
 * the body where its size was not announced.
 */
export async function asActionResult(
  body: Body,
  options: { readonly sizeBytes: number | undefined; readonly signal: AbortSignal },
): Promise<{ readonly body: Body; readonly isPlausible: boolean }> {
  if (body instanceof Uint8Array) {
    const isPlausible = mayBeginMessage(body.subarray(0, prefixBytes));
    if (isPlausible) assertFits(body.byteLength);
    return { body, isPlausible };
  }
  const source = abortable(body, options.signal);
  const begun: Uint8Array[] = [];
  let begunBytes = 0;
  while (begunBytes < prefixBytes) {
    const next = await source.next();
    if (next.done === true) break;
    begun.push(next.value);
    begunBytes += next.value.byteLength;
  }
  const isPlausible = mayBeginMessage(Buffer.concat(begun).subarray(0, prefixBytes));
  if (isPlausible && options.sizeBytes !== undefined && options.sizeBytes > referencesBytesMax) {
    await source.return();
    assertFits(options.sizeBytes);
  }
  return { body: resumed(begun, source, isPlausible), isPlausible };
}

const prefixBytes = 4 * 1024;

async function* resumed(
  begun: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
  isPlausible: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  for (const chunk of begun) {
    sizeBytes += chunk.byteLength;
    yield chunk;
  }
  for await (const chunk of rest) {
    sizeBytes += chunk.byteLength;
    if (isPlausible) assertFits(sizeBytes);
    yield chunk;
  }
}

function assertFits(sizeBytes: number): void {
  if (sizeBytes <= referencesBytesMax) return;
  throw new CacheError(
    'too_large',
    `an action result may have ${referencesBytesMax} bytes, this one has at least ${sizeBytes}`,
  );
}
