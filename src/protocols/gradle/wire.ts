import { hasBazelSpace } from '../shared/appended-paths.ts';
import type { EntryPath } from '../shared/entry-path.ts';
import { isTeamName } from '../shared/namespaces.ts';
import { parseToolPath } from '../shared/tool-path.ts';

export const gradleMount = '/gradle';
/** Where Gradle's own cache node has it. Bazel's manual has its entries there, too: `/cache/cas/<hash>`. */
export const gradleNodeMount = '/cache';

/** What a path of the form `/(gradle|cache)[/<team>]/<key>` names. */
export type GradlePath = EntryPath;

/** What Gradle asks for and sends; the older form, `…v1`, is the same bytes. */
export const gradleContentType = 'application/vnd.gradle.build-cache-artifact.v2';

/** Reads a request's path. A slash at its end changes nothing. */
export function parseGradlePath(url: string): GradlePath {
  const isNode = url.startsWith(gradleNodeMount);
  if (isNode && hasBazelSpace(url)) return { kind: 'other' };
  const path = parseToolPath(url, isNode ? gradleNodeMount : gradleMount);
  if (path.kind !== 'path') return path;
  const { segments } = path;
  const key = segments[segments.length - 1] ?? '';
  const team = segments.length === 2 ? (segments[0] ?? '') : '';
  const isWhole = segments.length === 1 || (segments.length === 2 && isTeamName(team));
  if (!isWhole || path.query !== '' || !keyForm.test(key)) {
    return { kind: 'invalid', reason: gradleForm };
  }
  return { kind: 'entry', team, key };
}

/** The path of an entry. */
export function gradlePath(team: string, key: string): string {
  return `${gradleMount}/${team === '' ? '' : `${team}/`}${key}`;
}

const gradleForm =
  'a path must have the form /gradle[/<team>]/<key of 32 to 128 hex characters>, or /cache instead of /gradle';

/** Gradle's keys are 128 bits; others that speak its protocol use longer hashes. */
const keyForm = /^[0-9a-f]{32,128}$/;
