import type { CacheErrorCode } from '../../core/index.ts';
import { serverProtocols } from '../server-protocols.ts';
import type { AnswerTable } from '../shared/answer-table.ts';
import { isMiss } from './all-protocols.ts';

/** Each protocol's answers, by the name that its docs page has for the table. */
export const answerTables: Readonly<Record<string, AnswerTable>> = Object.fromEntries(
  serverProtocols.flatMap(({ name, answers }) => (answers === undefined ? [] : [[name, answers]])),
);

/** A table in Markdown; failures after which no client is left are not in it. */
export function renderAnswerTable(table: AnswerTable): string {
  const rows = Object.entries(happenings).map(([code, happening]) => {
    const { lookup, store } = table[code as CacheErrorCode];
    const cell = isMiss(lookup) ? `a miss${lookup === 404 ? ' (404)' : ''}` : String(lookup);
    return `| ${happening} | ${cell} | ${store} |`;
  });
  return ['| what happened | lookup | store |', '| --- | --- | --- |', ...rows].join('\n');
}

const happenings: Readonly<Partial<Record<CacheErrorCode, string>>> = {
  exists: 'the key has an entry already, and this store was to be the first',
  too_large: 'the body is over `--max-blob-size`, or over what the store holds at all',
  store_full: 'the disk is full',
  read_only: 'the server is read-only',
  unauthenticated: 'no credential, or one that is not known',
  forbidden: 'a credential that may only read',
  draining: 'the server is shutting down',
  overloaded: 'the server has no more room for requests',
  damaged: 'the stored bytes are damaged; the entry is dropped',
  timeout: 'the body, or the store, was too slow',
  unavailable: 'the store does not answer',
  size_mismatch: 'the body has another size than announced',
  digest_mismatch: 'the bytes do not match the digest in the key',
  bad_request: 'a malformed request',
  invalid_key: 'a malformed key',
};
