import { type EntryReferences, type NamedBlobs, noReferences } from './store.ts';

/** References over a list in memory. */
export function listedReferences({ digests, isComplete }: NamedBlobs): EntryReferences {
  if (digests.length === 0 && isComplete) return noReferences;
  return {
    count: digests.length,
    isComplete,
    keys: (start, end) => digests.slice(start, end).map((digest) => ({ space: 'cas', ...digest })),
  };
}
