import type { ObjectCalls } from './objects/object-calls.ts';
import { listOf, type RedisReply } from './redis/redis-connection.ts';
import { forgetGarbageScript, garbageScript } from './scripts/care.ts';
import type { SharedIndex } from './shared-index.ts';

/**
 * Deletes objects whose entry has been gone for a while; does nothing on a node that is not the
 * keeper. What is deleted twice does no harm: a generation is never used again.
 * @throws {CacheError} where Redis or S3 does not answer; what is left is deleted the next time.
 */
export async function deleteGarbage(
  index: SharedIndex,
  objects: ObjectCalls,
  { node, graceMs }: { readonly node: string; readonly graceMs: number },
): Promise<void> {
  for (;;) {
    const reply = await index.run(garbageScript, [node, String(graceMs)]);
    const generations = listOf(reply).filter(isBytes);
    if (generations.length === 0) return;
    const names = generations.map((generation) => generation.toString('hex'));
    await objects.run((store, signal) => store.delete(names, signal));
    await index.run(forgetGarbageScript, generations);
  }
}

function isBytes(reply: RedisReply): reply is Buffer {
  return reply instanceof Buffer;
}
