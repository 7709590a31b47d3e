import { serverProtocols } from './server-protocols.ts';
import { ReservedMounts } from './shared/mounts.ts';
import { serverPaths } from './shared/server-paths.ts';

/** First path segments of the server itself and of all protocols, each with its slash. */
export const mounts: readonly string[] = [
  ...Object.values(serverPaths),
  ...serverProtocols.flatMap((protocol) => protocol.mounts),
];

/** What Bazel's instances may not be called. */
export const reservedMounts: ReservedMounts = new ReservedMounts(mounts);
