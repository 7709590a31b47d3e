import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { nxStatus } from './errors.ts';
import { nxName } from './name.ts';
import { parseNxPath } from './wire.ts';

/**
 * Nx's self-hosted remote cache (its OpenAPI): GET and PUT of `[/nx/<team>]/v1/cache/<hash>`. Written
 * once: a store on a hash that has an entry is a 409, so that no client replaces what others will run.
 */
export function createNx(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseNxPath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute(nxName, path.reason);
      const namespace = toolNamespace(nxName, path.team);
      return entryRoute(nxPolicy, options, method, { namespace, key: path.hash });
    },
  };
}

export const nxPolicy: EntryPolicy = {
  name: nxName,
  statuses: nxStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put' },
  contentType: 'application/octet-stream',
  storedStatus: 200,
  overwrite: 'refused',
  verifies: 'before',
};
