import { CacheError, parseSha256 } from '../../core/index.ts';
import type { EntryKey, PurgeSelection } from '../../storage/index.ts';
import { nameCharsMax } from './limits.ts';

/** Keys of one space and, for the action cache, of one namespace. The body of exists, lookup and fetch. */
export interface KeyBatch {
  readonly space: 'ac' | 'cas';
  readonly namespace: string;
  /** As they came. */
  readonly keys: readonly string[];
  readonly entryKeys: readonly EntryKey[];
}

// Written by hand and not by a schema library: these bodies hold up to `batchKeysMax` keys, and the
// library's cost for each would be most of the request's. `schema.ts` says the same for readers of
// the OpenAPI document, and a test holds the two together.

/** @throws {CacheError} `bad_request`, `invalid_key`, `too_large`. */
export function parseKeyBatch(body: unknown, batchKeysMax: number): KeyBatch {
  const { space, namespace = '', keys, ...others } = mapping(body);
  refuseOthers(others, 'space, namespace, keys');
  if (space !== 'ac' && space !== 'cas') throw wrong('space must be "ac" or "cas"');
  if (!isName(namespace, 0)) throw wrong(`namespace must be ${nameForm}`);
  if (!Array.isArray(keys)) throw wrong('keys must be a list of keys');
  if (keys.length > batchKeysMax) {
    throw new CacheError(
      'too_large',
      `keys may hold up to ${batchKeysMax} keys per request (batchKeys), got ${keys.length}`,
    );
  }
  const entryKeys = keys.map((key: unknown, index) =>
    entryKeyOf(space, namespace, key, `keys[${index}]`),
  );
  // entryKeyOf has thrown unless each is a string.
  return { space, namespace, keys: keys as string[], entryKeys };
}

/** @throws {CacheError} `bad_request`, `invalid_key`. */
export function parsePurge(body: unknown): PurgeSelection {
  const { what, ...rest } = mapping(body);
  switch (what) {
    case 'key': {
      const { space, namespace = '', key, ...others } = rest;
      refuseOthers(others, 'what, space, namespace, key');
      if (space !== 'ac' && space !== 'cas') throw wrong('space must be "ac" or "cas"');
      if (!isName(namespace, 0)) throw wrong(`namespace must be ${nameForm}`);
      return { what, key: entryKeyOf(space, namespace, key, 'key') };
    }
    case 'namespace': {
      const { namespace, ...others } = rest;
      refuseOthers(others, 'what, namespace');
      if (!isName(namespace, 0)) throw wrong(`namespace must be ${nameForm}`);
      return { what, namespace };
    }
    case 'unused': {
      const { forMs, ...others } = rest;
      refuseOthers(others, 'what, forMs');
      if (!isAge(forMs)) throw wrong(`forMs must be ${ageForm}`);
      return { what, forMs };
    }
    case 'older': {
      const { thanMs, ...others } = rest;
      refuseOthers(others, 'what, thanMs');
      if (!isAge(thanMs)) throw wrong(`thanMs must be ${ageForm}`);
      return { what, thanMs };
    }
    default:
      throw wrong('what must be "key", "namespace", "unused" or "older"');
  }
}

const nameForm = `text of up to ${nameCharsMax} characters without control characters`;
const ageForm = 'a whole number of milliseconds from 0';
const controlCharacter = /\p{Cc}/u;

function entryKeyOf(space: 'ac' | 'cas', namespace: string, key: unknown, where: string): EntryKey {
  if (space === 'ac') {
    if (!isName(key, 1))
      throw new CacheError('invalid_key', `${where} must be ${nameForm}, not empty`);
    return { space, namespace, key };
  }
  const hash = typeof key === 'string' ? parseSha256(key) : undefined;
  if (hash !== undefined) return { space, hash };
  throw new CacheError('invalid_key', `${where} must be 64 lower-case hex characters`);
}

function isName(value: unknown, charsMin: number): value is string {
  if (typeof value !== 'string') return false;
  return value.length >= charsMin && value.length <= nameCharsMax && !controlCharacter.test(value);
}

function isAge(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function mapping(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw wrong('the body must be a JSON object');
}

function refuseOthers(others: object, taken: string): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw wrong(`${unknown.slice(0, 100)} is not accepted; known keys: ${taken}`);
}

function wrong(message: string): CacheError {
  return new CacheError('bad_request', message);
}
