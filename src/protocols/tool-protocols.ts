import { createCcache } from './ccache/index.ts';
import { createGeneric } from './generic/index.ts';
import { createGradle } from './gradle/index.ts';
import { createMaven } from './maven/index.ts';
import { createNx } from './nx/index.ts';
import { createRush } from './rush/index.ts';
import type { ToolOptions } from './shared/opaque/index.ts';
import type { Protocol } from './shared/universal.ts';
import { createTurborepo } from './turborepo/index.ts';
import { createWebdav } from './webdav/index.ts';

/** All HTTP protocols of build tools but Bazel's. Each answers for its own mounts alone, so their order says only which is asked first. */
export function createToolProtocols(options: ToolOptions): readonly Protocol[] {
  return [
    createCcache(options),
    createTurborepo(options),
    createNx(options),
    createGradle(options),
    createWebdav(options),
    createGeneric(options),
    createRush(options),
    createMaven(options),
  ];
}
