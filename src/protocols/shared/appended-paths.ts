/*
 * The paths that clients append to whatever address they are given. Below the mount of another tool
 * such a path is refused: stored there as that tool's entry, content would not be checked against its
 * digest, or what is written once could be replaced.
 */

/** What Nx appends, before its hash. */
export const nxEntries = '/v1/cache';
/** What Turborepo appends, before its hash. */
export const turborepoEntries = '/v8/artifacts';
/** What clients of the API of this server append, before the name of a request. */
export const apiRequests = '/api/v1';

export type AppendingClient = 'bazel' | 'nx' | 'turborepo' | 'memobuild';

/** Whether a path has a segment `ac` or `cas` with something behind it: only Bazel's protocol reads those. */
export function hasBazelSpace(url: string): boolean {
  return bazelSpace.test(url);
}

/**
 * The owner of the path with which a decoded path ends; `undefined` where no protocol has it.
 * @param path without a slash at its start.
 */
export function appendingClientOf(path: string): AppendingClient | undefined {
  const whole = `/${path}`;
  return appended.find(([, form]) => form.test(whole))?.[0];
}

/** `/ac/` or `/cas/`, the name of the space captured. */
export const bazelSpace = /(?:^|\/)(ac|cas)\//;

const appended: readonly (readonly [AppendingClient, RegExp])[] = [
  ['bazel', /\/(?:ac|cas)\/[0-9a-f]{64}$/i],
  ['nx', new RegExp(`${nxEntries}/[^/]+$`)],
  ['turborepo', new RegExp(`${turborepoEntries}(?:/[^/]*)?$`)],
  ['memobuild', new RegExp(`${apiRequests}(?:/[^/]*)?$`)],
];
