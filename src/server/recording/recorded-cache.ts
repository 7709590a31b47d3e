import type { Cache, CacheLookup, Caller, PutOptions } from '../../cache/index.ts';
import { CacheError, type CacheErrorCode } from '../../core/index.ts';
import type { TraceAnswer, TraceOperation } from '../../core/trace/index.ts';
import type { EntryKey } from '../../storage/index.ts';

/** One operation, as the cache received it. */
export interface RecordedOperation {
  readonly op: TraceOperation;
  /** The protocol of the request. */
  readonly protocol: string;
  /** `undefined`: it names none. */
  readonly key: EntryKey | undefined;
  readonly namespace: string;
  readonly answer: TraceAnswer;
  readonly code?: CacheErrorCode | undefined;
  readonly sizeBytes?: number | undefined;
  readonly startedMs: number;
  readonly durationMs: number;
}

/**
 * A cache that records every request. Stands between protocols and the cache where a trace
 * is recorded, and nowhere else, so that recording costs a server without one nothing at all.
 */
export function recordedCache(cache: Cache, record: (operation: RecordedOperation) => void): Cache {
  const lookUp = (
    op: 'read' | 'exists',
    key: EntryKey,
    { namespace, protocol }: Caller,
    ask: () => CacheLookup | Promise<CacheLookup>,
  ): CacheLookup | Promise<CacheLookup> => {
    const startedMs = performance.now();
    const note = (outcome: Outcome): void =>
      record({ op, key, namespace, protocol, ...outcome, ...timed(startedMs) });
    return observed(
      ask,
      (found) => note(outcomeOf(found)),
      (error) => note(failureOf(error)),
    );
  };
  return {
    get: (key, caller) => lookUp('read', key, caller, () => cache.get(key, caller)),
    head: (key, caller) => lookUp('exists', key, caller, () => cache.head(key, caller)),
    put: (key, caller, body, options) => recordPut(cache, record, key, caller, body, options),
    missing: (keys, caller) => {
      const { protocol } = caller;
      const startedMs = performance.now();
      const note = (outcome: (index: number) => Outcome): void => {
        const times = timed(startedMs);
        for (const [index, key] of keys.entries()) {
          const namespace = key.space === 'ac' ? key.namespace : '';
          record({ op: 'find', key, namespace, protocol, ...outcome(index), ...times });
        }
      };
      return observed(
        () => cache.missing(keys, caller),
        (absent) => note((index) => ({ answer: absent[index] === true ? 'miss' : 'hit' })),
        (error) => note(() => failureOf(error)),
      );
    },
    purge: async (selection, caller, options) => {
      const { protocol } = caller;
      const startedMs = performance.now();
      const key = selection.what === 'key' ? selection.key : undefined;
      const namespace =
        key?.space === 'ac'
          ? key.namespace
          : selection.what === 'namespace'
            ? selection.namespace
            : '';
      const op = key === undefined ? 'purge' : 'delete';
      const note = (outcome: Outcome): void =>
        record({ op, key, namespace, protocol, ...outcome, ...timed(startedMs) });
      return await observed(
        () => cache.purge(selection, caller, options),
        ({ entries }) => note({ answer: entries > 0 ? 'removed' : 'miss' }),
        (error) => note(failureOf(error)),
      );
    },
    usage: () => cache.usage(),
    close: () => cache.close(),
  };
}

type Outcome = Pick<RecordedOperation, 'answer' | 'code' | 'sizeBytes'>;

async function recordPut(
  cache: Cache,
  record: (operation: RecordedOperation) => void,
  key: EntryKey,
  caller: Caller,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<number> {
  const startedMs = performance.now();
  let sizeBytes = body instanceof Uint8Array ? body.byteLength : options.sizeBytes;
  const counts = !(body instanceof Uint8Array) && sizeBytes === undefined;
  const source = counts
    ? counted(body, (bytes) => {
        sizeBytes = bytes;
      })
    : body;
  const { namespace, protocol } = caller;
  const note = (outcome: Outcome): void =>
    record({ op: 'write', key, namespace, protocol, ...outcome, sizeBytes, ...timed(startedMs) });
  return await observed(
    () => cache.put(key, caller, source, options),
    () => note({ answer: 'stored' }),
    (error) => note(failureOf(error)),
  );
}

/** Calls back with the outcome, synchronously where the answer is synchronous. */
function observed<T>(
  ask: () => T | Promise<T>,
  onAnswer: (answer: T) => void,
  onError: (error: unknown) => void,
): T | Promise<T>;
function observed<T>(
  ask: () => Promise<T>,
  onAnswer: (answer: T) => void,
  onError: (error: unknown) => void,
): Promise<T>;
function observed<T>(
  ask: () => T | Promise<T>,
  onAnswer: (answer: T) => void,
  onError: (error: unknown) => void,
): T | Promise<T> {
  const failed = (error: unknown): never => {
    onError(error);
    throw error;
  };
  let answer: T | Promise<T>;
  try {
    answer = ask();
  } catch (error) {
    return failed(error);
  }
  if (!(answer instanceof Promise)) {
    onAnswer(answer);
    return answer;
  }
  return answer.then((settled) => {
    onAnswer(settled);
    return settled;
  }, failed);
}

function outcomeOf(found: CacheLookup): Outcome {
  return found.kind === 'hit' ? { answer: 'hit', sizeBytes: found.sizeBytes } : { answer: 'miss' };
}

function failureOf(error: unknown): Outcome {
  if (!(error instanceof CacheError)) return { answer: 'failed', code: 'unavailable' };
  const { code } = error;
  return { answer: code === 'exists' ? 'exists' : answerOf[code], code };
}

const answerOf: Readonly<Record<CacheErrorCode, TraceAnswer>> = {
  bad_request: 'refused',
  invalid_key: 'refused',
  exists: 'exists',
  digest_mismatch: 'refused',
  size_mismatch: 'refused',
  too_large: 'refused',
  unauthenticated: 'refused',
  forbidden: 'refused',
  read_only: 'refused',
  draining: 'refused',
  overloaded: 'refused',
  store_full: 'failed',
  damaged: 'failed',
  timeout: 'failed',
  aborted: 'failed',
  unavailable: 'failed',
};

function timed(startedMs: number): Pick<RecordedOperation, 'startedMs' | 'durationMs'> {
  return { startedMs, durationMs: performance.now() - startedMs };
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  note: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.byteLength;
    note(sizeBytes);
    yield chunk;
  }
}
