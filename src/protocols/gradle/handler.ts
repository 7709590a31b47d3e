import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { gradleStatus } from './errors.ts';
import { gradleName } from './name.ts';
import { gradleContentType, parseGradlePath } from './wire.ts';

/** Gradle's HTTP build cache: GET and PUT of `/gradle[/<team>]/<key>`, the same at `/cache`. */
export function createGradle(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseGradlePath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute(gradleName, path.reason);
      const namespace = toolNamespace(gradleName, path.team);
      return entryRoute(gradlePolicy, options, method, { namespace, key: path.key });
    },
  };
}

export const gradlePolicy: EntryPolicy = {
  name: gradleName,
  statuses: gradleStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put' },
  contentType: gradleContentType,
  storedStatus: 200,
  // Gradle sends a store again when it did not see the answer.
  overwrite: 'replaces',
  verifies: 'before',
};
