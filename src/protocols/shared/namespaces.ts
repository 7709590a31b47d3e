/**
 * The action-cache namespace of one team of one tool. No Bazel instance can be called like it, since
 * `ReservedMounts.allowsInstance` takes no colon in the first segment of a name: so neither Bazel nor
 * another tool reads or writes these entries.
 */
export function toolNamespace(tool: string, team: string): string {
  return `${tool}:${team}`;
}

/** Whether a team's name is one that a path or a query may give: letters, digits and `. _ -`. */
export function isTeamName(text: string): boolean {
  return teamForm.test(text);
}

/** Longest name of a Bazel instance (over HTTP or gRPC), in bytes of UTF-8. */
export const instanceNameBytesMax = 200;

const teamForm = /^[A-Za-z0-9][\w.-]{0,63}$/;
