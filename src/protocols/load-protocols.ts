import { bazelLoad } from './bazel-http/load-descriptor.ts';
import { ccacheLoad } from './ccache/load-descriptor.ts';
import { genericLoad } from './generic/load-descriptor.ts';
import { gradleLoad } from './gradle/load-descriptor.ts';
import { memobuildLoad } from './memobuild/load-descriptor.ts';
import { nxLoad } from './nx/load-descriptor.ts';
import { reapiLoad } from './reapi/load-descriptor.ts';
import { redisLoad } from './redis/load-descriptor.ts';
import type { LoadDescriptor } from './shared/load-descriptor.ts';
import { turborepoLoad } from './turborepo/load-descriptor.ts';

/** The protocols that the load test speaks. `--protocol` takes their names. */
export const loadProtocols = [
  memobuildLoad,
  bazelLoad,
  turborepoLoad,
  nxLoad,
  gradleLoad,
  ccacheLoad,
  redisLoad,
  reapiLoad,
  genericLoad,
] as const satisfies readonly LoadDescriptor[];

export type LoadProtocolName = (typeof loadProtocols)[number]['name'];

/** What the load test knows of a protocol. */
export function loadProtocolOf(name: LoadProtocolName): LoadDescriptor<LoadProtocolName> {
  return byName.get(name)!;
}

const byName: ReadonlyMap<LoadProtocolName, LoadDescriptor<LoadProtocolName>> = new Map(
  loadProtocols.map((protocol) => [protocol.name, protocol]),
);
