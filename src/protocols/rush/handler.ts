import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { rushStatus } from './errors.ts';
import { rushName } from './name.ts';
import { parseRushPath } from './wire.ts';

/** Rush's HTTP build cache plug-in: GET, and PUT, POST or PATCH as configured, of `/rush/<id>`. */
export function createRush(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseRushPath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute(rushName, path.reason);
      return entryRoute(rushPolicy, options, method, { namespace, key: path.key });
    },
  };
}

const namespace = toolNamespace(rushName, '');

export const rushPolicy: EntryPolicy = {
  name: rushName,
  statuses: rushStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put', POST: 'put', PATCH: 'put' },
  contentType: 'application/octet-stream',
  storedStatus: 200,
  // Rush sends a store up to three times when it did not see the answer.
  overwrite: 'replaces',
  verifies: 'before',
};
