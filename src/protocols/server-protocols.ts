import { apiV1 } from './api-v1/descriptor.ts';
import { bazelHttp } from './bazel-http/descriptor.ts';
import { ccache } from './ccache/descriptor.ts';
import { generic } from './generic/descriptor.ts';
import { gradle } from './gradle/descriptor.ts';
import { maven } from './maven/descriptor.ts';
import { nx } from './nx/descriptor.ts';
import { reapi } from './reapi/descriptor.ts';
import { redis } from './redis/descriptor.ts';
import { rush } from './rush/descriptor.ts';
import type {
  HttpDescriptor,
  ListenerDescriptor,
  ServerDescriptor,
} from './shared/server-descriptor.ts';
import { turborepo } from './turborepo/descriptor.ts';
import { webdav } from './webdav/descriptor.ts';

/**
 * The protocols of the HTTP listener. Each answers for its own mounts alone, so their order says only
 * which is asked first: Bazel's, which has the hottest paths.
 */
export const httpProtocols: readonly HttpDescriptor[] = [
  bazelHttp,
  apiV1,
  ccache,
  turborepo,
  nx,
  gradle,
  webdav,
  generic,
  rush,
  maven,
];

/** The protocols that have a listener of their own. */
export const listenerProtocols: readonly ListenerDescriptor[] = [redis, reapi];

/** All protocols that the server speaks. What else there is to know of them is derived from here. */
export const serverProtocols: readonly ServerDescriptor[] = [
  ...httpProtocols,
  ...listenerProtocols,
];
