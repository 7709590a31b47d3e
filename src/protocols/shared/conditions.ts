import { CacheError } from '../../core/index.ts';
import { headerOf, type RequestHeaders } from './universal.ts';

/** What the conditions of a GET or HEAD make of it (RFC 9110, 13). */
export type Judgement = 'perform' | 'not-modified' | 'failed';

/** The strong validator of bytes with this SHA-256, in this encoding. */
export function entityTag(sha256: string, encoding = ''): string {
  return encoding === '' ? `"${sha256}"` : `"${sha256}-${encoding}"`;
}

/**
 * Weighs `If-Match` and `If-None-Match`, in the order of RFC 9110, 13.2.2, for an entry that exists.
 * Dates are not weighed: the routes that call this send none.
 * @param tags of all forms in which the entry is sent.
 */
export function judgeConditions(headers: RequestHeaders, tags: readonly string[]): Judgement {
  const match = headerOf(headers, 'if-match');
  if (match !== undefined && !names(match, tags, 'strong')) return 'failed';
  const noneMatch = headerOf(headers, 'if-none-match');
  if (noneMatch !== undefined && names(noneMatch, tags, 'weak')) return 'not-modified';
  return 'perform';
}

/** Whether a Range is still meant: without `If-Range`, or where that names exactly what is here. */
export function rangeApplies(headers: RequestHeaders, tag: string): boolean {
  const condition = headerOf(headers, 'if-range');
  return condition === undefined || condition.trim() === tag;
}

/**
 * Refuses a store that depends on what is there: looking and storing are not one step here.
 * @throws {CacheError} `bad_request`.
 */
export function assertNoIfMatch(headers: RequestHeaders): void {
  if (headers['if-match'] === undefined) return;
  throw new CacheError('bad_request', 'a store allows no If-Match');
}

function names(list: string, tags: readonly string[], comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  for (const [, weak, tag = ''] of list.matchAll(/(W\/)?("[^"]*")/g)) {
    if ((comparison === 'weak' || weak === undefined) && tags.includes(tag)) return true;
  }
  return false;
}
