import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { gradleStatus } from './errors.ts';
import { gradleContentType, parseGradlePath } from './wire.ts';

/** Gradle's HTTP build cache: GET and PUT of `/gradle[/<team>]/<key>`, the same at `/cache`. */
export function createGradle(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseGradlePath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute('gradle', path.reason);
      const namespace = toolNamespace('gradle', path.team);
      return entryRoute(policy, options, method, { namespace, key: path.key });
    },
  };
}

const policy: EntryPolicy = {
  name: 'gradle',
  statuses: gradleStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put' },
  contentType: gradleContentType,
  storedStatus: 200,
  // Gradle sends a store again when it did not see the answer.
  overwrite: 'replaces',
  verifies: 'before',
};
