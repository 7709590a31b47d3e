import type { EntryPath } from '../shared/entry-path.ts';
import { isTeamName } from '../shared/namespaces.ts';
import { parseToolPath } from '../shared/tool-path.ts';

export const ccacheMount = '/ccache';

/** What a path of the form `/ccache[/<team>]/<key in one of three layouts>` names. */
export type CcachePath = EntryPath;

/**
 * Reads a request's path in ccache's three layouts: `subdirs` (`ab/cdef…`), `flat` (`abcdef…`) and
 * `bazel` (`ac/<64 hex>`). The first two are one key and share their entries; the third has a hash
 * made from the key, and entries of its own. A slash at the end changes nothing.
 */
export function parseCcachePath(url: string): CcachePath {
  const path = parseToolPath(url, ccacheMount, 'bazel');
  if (path.kind !== 'path') return path;
  if (path.query !== '') return { kind: 'invalid', reason: ccacheForm };
  const found = keyAtEnd(path.segments);
  if (found === undefined) return { kind: 'invalid', reason: ccacheForm };
  const before = path.segments.slice(0, path.segments.length - found.segments);
  const team = before[0] ?? '';
  if (before.length > 1 || (before.length === 1 && !isTeamName(team))) {
    return { kind: 'invalid', reason: ccacheForm };
  }
  return { kind: 'entry', team, key: found.key };
}

const ccacheForm =
  'a path must have the form /ccache[/<team>]/ and then <2>/<rest>, <key> or ac/<64 hex>, keys being 33 letters and digits, or 40 hex characters';

/** ccache 4.7: 33 characters of 5 bits; later: 160 bits in hex. */
const keyForm = /^(?:[0-9a-z]{33}|[0-9a-f]{40})$/;
const bazelForm = /^[0-9a-f]{64}$/;

function keyAtEnd(
  segments: readonly string[],
): { readonly key: string; readonly segments: number } | undefined {
  const last = segments[segments.length - 1] ?? '';
  const previous = segments[segments.length - 2] ?? '';
  if (previous === 'ac' && bazelForm.test(last)) return { key: `ac/${last}`, segments: 2 };
  if (keyForm.test(last)) return { key: last, segments: 1 };
  if (previous.length === 2 && keyForm.test(previous + last)) {
    return { key: previous + last, segments: 2 };
  }
  return undefined;
}
