import { startsWithReservedMount } from './mounts.ts';

/** The tools whose entries have namespaces of their own. */
export type Tool = (typeof tools)[number];

const tools = [
  'turborepo',
  'nx',
  'gradle',
  'maven',
  'ccache',
  'webdav',
  'rush',
  'blobs',
  'redis',
] as const;

/**
 * The action-cache namespace of one team of one tool. No Bazel instance can be called like it, since
 * {@link isInstanceName} takes no colon in the first segment of a name: so neither Bazel nor another
 * tool reads or writes these entries.
 */
export function toolNamespace(tool: Tool, team: string): string {
  return `${tool}:${team}`;
}

/** The tool whose namespace it is; `undefined` for Bazel's and any other. */
export function toolOf(namespace: string): Tool | undefined {
  const end = namespace.indexOf(':');
  return end < 0 ? undefined : tools.find((tool) => tool === namespace.slice(0, end));
}

/** Whether a team's name is one that a path or a query may give: letters, digits and `. _ -`. */
export function isTeamName(text: string): boolean {
  return teamForm.test(text);
}

/** Longest name of a Bazel instance (over HTTP or gRPC), in bytes of UTF-8. */
export const instanceNameBytesMax = 200;

/** Whether a Bazel instance (over HTTP or gRPC) may be called so, as far as namespaces go. */
export function isInstanceName(name: string): boolean {
  const end = name.indexOf('/');
  const first = end < 0 ? name : name.slice(0, end);
  return !first.includes(':') && !startsWithReservedMount(name);
}

const teamForm = /^[A-Za-z0-9][\w.-]{0,63}$/;
