import type { EntryKey, PurgeSelection, StoreUsage } from '../storage/index.ts';
import type { Cache, CacheLookup, PutOptions } from './cache.ts';
import type { CacheDecorator } from './cache-decorator.ts';
import type { Caller } from './caller.ts';
import type { LookupCounters } from './lookup-counters.ts';

/** Counts lookups and writes as the clients' requests were answered, by space and by the caller's namespace. */
export function countedIn(counters: LookupCounters): CacheDecorator {
  return (cache) => new CountedCache(cache, counters);
}

class CountedCache implements Cache {
  readonly #cache: Cache;
  readonly #counters: LookupCounters;

  constructor(cache: Cache, counters: LookupCounters) {
    this.#cache = cache;
    this.#counters = counters;
  }

  get(key: EntryKey, caller: Caller): CacheLookup | Promise<CacheLookup> {
    const answer = this.#cache.get(key, caller);
    return answer instanceof Promise
      ? answer.then((settled) => this.#counted(settled, key, caller, 'get'))
      : this.#counted(answer, key, caller, 'get');
  }

  head(key: EntryKey, caller: Caller): CacheLookup | Promise<CacheLookup> {
    const answer = this.#cache.head(key, caller);
    return answer instanceof Promise
      ? answer.then((settled) => this.#counted(settled, key, caller, 'head'))
      : this.#counted(answer, key, caller, 'head');
  }

  async put(
    key: EntryKey,
    caller: Caller,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number> {
    const sizeBytes = await this.#cache.put(key, caller, body, options);
    const counters = this.#counters.of(caller.namespace, key.space);
    counters.writes += 1;
    counters.writtenBytes += sizeBytes;
    return sizeBytes;
  }

  missing(keys: readonly EntryKey[], caller: Caller): boolean[] | Promise<boolean[]> {
    return this.#cache.missing(keys, caller);
  }

  purge(
    selection: PurgeSelection,
    caller: Caller,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly entries: number; readonly sizeBytes: number }> {
    return this.#cache.purge(selection, caller, options);
  }

  usage(): StoreUsage | Promise<StoreUsage> {
    return this.#cache.usage();
  }

  close(): Promise<void> {
    return this.#cache.close();
  }

  #counted(
    answer: CacheLookup,
    { space }: EntryKey,
    { namespace }: Caller,
    how: 'get' | 'head',
  ): CacheLookup {
    const counters = this.#counters.of(namespace, space);
    if (answer.kind === 'miss') {
      counters.misses += 1;
      return answer;
    }
    counters.hits += 1;
    if (how === 'get') counters.hitBytes += answer.sizeBytes;
    return answer;
  }
}
