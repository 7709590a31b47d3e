import { entryKeyBytes } from '../../entry-key-bytes.ts';
import { referenceBytes, referencesOf } from '../../packed-references.ts';
import { type EntryKey, type EntryReferences, noReferences } from '../../store.ts';
import { decodeEntry, type EntryHead } from './entry-head.ts';
import { listOf, type RedisReply, textOf } from './redis/redis-connection.ts';
import { checkScript, findScript, missingScript, referencesPerStep } from './scripts/lookups.ts';
import type { SharedIndex } from './shared-index.ts';

/** An entry as the index has it. */
export interface FoundEntry {
  readonly head: EntryHead;
  readonly references: EntryReferences;
  /** The body, or the checksums of an object. Over the bytes of an answer that holds nothing else. */
  readonly kept: Buffer;
}

/** Finds an entry, and whether all is there that it names: one step of Redis, several where that is a lot. */
export async function findEntry(
  index: SharedIndex,
  key: EntryKey,
): Promise<FoundEntry | undefined> {
  const keyBytes = entryKeyBytes(key);
  const reply = await index.run(findScript, [keyBytes, sizeOf(key)]);
  const [bytes, references, whole, rank] = listOf(reply);
  if (!(bytes instanceof Buffer && references instanceof Buffer)) return undefined;
  const entry = decodeEntry(bytes);
  if (entry === undefined) return undefined;
  const { head, kept } = entry;
  if (head.references === 0 && head.hasAllReferences)
    return { head, kept, references: noReferences };
  const listed = referencesOf(references, 1, head.hasAllReferences);
  const areAllThere =
    whole === -1
      ? await checkInSteps(index, { keyBytes, head, references, rank: textOf(rank) })
      : whole === 1;
  return { head, kept, references: new CheckedReferences(listed, areAllThere) };
}

/** Which entries are absent. Sent as one pipeline of steps. */
export async function findMissing(
  index: SharedIndex,
  keys: readonly EntryKey[],
): Promise<boolean[]> {
  const steps: Promise<RedisReply>[] = [];
  for (let at = 0; at < keys.length; at += keysPerStep) {
    const args = keys
      .slice(at, at + keysPerStep)
      .flatMap((key) => [entryKeyBytes(key), sizeOf(key)]);
    steps.push(index.run(missingScript, args));
  }
  const answers = (await Promise.all(steps)).map(textOf).join('');
  return Array.from(answers, (digit) => digit === '1');
}

/** Looks at the references of an entry that names many, and then gives it the rank of its use. */
async function checkInSteps(
  index: SharedIndex,
  named: {
    readonly keyBytes: Buffer;
    readonly head: EntryHead;
    readonly references: Buffer;
    readonly rank: string;
  },
): Promise<boolean> {
  const stepBytes = referencesPerStep * referenceBytes[1];
  for (let at = 0; at < named.references.byteLength; at += stepBytes) {
    const isLast = at + stepBytes >= named.references.byteLength;
    const isWhole = await index.run(checkScript, [
      named.references.subarray(at, at + stepBytes),
      named.rank,
      isLast ? named.keyBytes : '',
      Buffer.from(named.head.generation, 'hex'),
    ]);
    if (isWhole !== 1) return false;
  }
  return true;
}

/** References of which the lookup has seen whether they are there. */
class CheckedReferences implements EntryReferences {
  readonly count: number;
  readonly isComplete: boolean;
  readonly areAllThere: boolean;
  readonly #listed: EntryReferences;

  constructor(listed: EntryReferences, areAllThere: boolean) {
    this.count = listed.count;
    this.isComplete = listed.isComplete;
    this.areAllThere = areAllThere;
    this.#listed = listed;
  }

  keys(start: number, end: number): ReturnType<EntryReferences['keys']> {
    return this.#listed.keys(start, end);
  }
}

/** The size that an entry must have to be the one that is meant; -1: any. */
function sizeOf(key: EntryKey): string {
  return key.space === 'cas' && key.sizeBytes !== undefined ? String(key.sizeBytes) : '-1';
}

/** One step looks at so many: about a millisecond of Redis. */
const keysPerStep = 1_000;
