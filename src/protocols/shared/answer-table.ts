import type { CacheErrorCode } from '../../core/index.ts';

/** One way in: how each failure is answered. */
export type AnswerColumn<T> = Readonly<Record<CacheErrorCode, T>>;

/** How each failure is answered, separately for lookups and for stores. */
export type AnswerTable<Lookup = number | string, Store = Lookup> = AnswerColumn<{
  readonly lookup: Lookup;
  readonly store: Store;
}>;

/** A table as its author writes it: what differs from another one. */
export interface AnswerDifferences<Lookup, Store = Lookup> {
  readonly lookup?: Partial<AnswerColumn<Lookup>>;
  readonly store?: Partial<AnswerColumn<Store>>;
}

/** Makes a table from `base` and what differs from it. */
export function answersLike<Lookup, Store>(
  base: AnswerTable<Lookup, Store>,
  { lookup = {}, store = {} }: AnswerDifferences<Lookup, Store>,
): AnswerTable<Lookup, Store> {
  return tableOf((code) => ({
    lookup: lookup[code] ?? base[code].lookup,
    store: store[code] ?? base[code].store,
  }));
}

/** The table in which every failure of a lookup is answered alike, and every failure of a store. */
export function answersAlike<Lookup, Store>(
  lookup: Lookup,
  store: Store,
): AnswerTable<Lookup, Store> {
  return tableOf(() => ({ lookup, store }));
}

/** The table of a protocol whose failures have one answer in either direction. */
export function sameBothWays<T>(column: AnswerColumn<T>): AnswerTable<T> {
  return tableOf((code) => ({ lookup: column[code], store: column[code] }));
}

/** The plain HTTP status of each failure. The compiler asks for a line per code; all tables have their codes from here. */
export const plainStatus: AnswerColumn<number> = {
  bad_request: 400,
  invalid_key: 400,
  exists: 409,
  digest_mismatch: 400,
  size_mismatch: 400,
  too_large: 413,
  unauthenticated: 401,
  forbidden: 403,
  read_only: 403,
  draining: 503,
  overloaded: 503,
  store_full: 507,
  damaged: 503,
  timeout: 408,
  aborted: 503,
  unavailable: 503,
};

function tableOf<Row>(rowOf: (code: CacheErrorCode) => Row): AnswerColumn<Row> {
  const codes = Object.keys(plainStatus) as CacheErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, rowOf(code)])) as AnswerColumn<Row>;
}
