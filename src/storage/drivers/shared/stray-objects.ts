import { CacheError } from '../../../core/index.ts';
import { generationBytes } from './entry-head.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import { type ObjectOrigin, originOf } from './objects/object-metadata.ts';
import type { ListedObject } from './objects/object-store.ts';
import { textOf } from './redis/redis-connection.ts';
import { strayScript } from './scripts/care.ts';
import type { SharedIndex } from './shared-index.ts';

/** An object that neither an entry nor a body under way owns. */
export interface StrayObject extends ListedObject {
  readonly origin: ObjectOrigin;
}

/** What {@link strayObjects} looks with. */
export interface StrayOptions {
  readonly index: SharedIndex;
  readonly objects: ObjectCalls;
  /** Younger ones are passed over. */
  readonly olderThanMs: number;
  /** How many objects are examined side by side. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

/**
 * Looks through the bucket for objects that nobody knows: what a lost index leaves, and uploads that
 * end after they were given up. A request for each object says whose it would be, since names say
 * no more than which write made it; objects that do not say so, and what others keep below the same
 * prefix, are passed over.
 * @throws {CacheError} `unavailable`, `aborted`.
 */
export async function* strayObjects(
  options: StrayOptions,
): AsyncGenerator<StrayObject[], void, undefined> {
  const { objects, index, olderThanMs, atOnce, signal } = options;
  let after: string | undefined;
  do {
    const from = after;
    const list = await objects.run((store, stop) => store.list(from, stop), signal);
    const storedBeforeMs = index.nowMs() - olderThanMs;
    const old = list.objects.filter(
      ({ name, storedAtMs }) => isGeneration(name) && storedAtMs <= storedBeforeMs,
    );
    for (let at = 0; at < old.length; at += atOnce) {
      const stray = await strayAmong(old.slice(at, at + atOnce), options);
      if (stray.length > 0) yield stray;
    }
    after = list.next;
  } while (after !== undefined);
}

/** Deletes objects that nobody knows. @throws {CacheError} as {@link strayObjects}. */
export async function deleteObjects(
  objects: ObjectCalls,
  stray: readonly ListedObject[],
  signal: AbortSignal,
): Promise<void> {
  if (stray.length === 0) return;
  const names = stray.map(({ name }) => name);
  await objects.run((store, stop) => store.delete(names, stop), signal);
}

async function strayAmong(
  listed: readonly ListedObject[],
  { index, objects, signal }: StrayOptions,
): Promise<StrayObject[]> {
  const described = await Promise.all(
    listed.map(async (object) => {
      const origin = await originIn(objects, object.name, signal);
      return origin === undefined ? [] : [{ ...object, origin }];
    }),
  );
  const known = described.flat();
  if (known.length === 0) return [];
  const args = known.flatMap(({ name, origin }) => [origin.key, Buffer.from(name, 'hex')]);
  const answers = textOf(await index.run(strayScript, args));
  return known.filter((_, at) => answers[at] === '1');
}

async function originIn(
  objects: ObjectCalls,
  name: string,
  signal: AbortSignal,
): Promise<ObjectOrigin | undefined> {
  try {
    return originOf(await objects.run((store, stop) => store.metadata(name, stop), signal));
  } catch (error) {
    // It was deleted since it was listed.
    if (error instanceof CacheError && error.code === 'damaged') return undefined;
    throw error;
  }
}

function isGeneration(name: string): boolean {
  return name.length === 2 * generationBytes && /^[0-9a-f]+$/.test(name);
}
