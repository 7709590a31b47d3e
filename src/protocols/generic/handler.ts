import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import { headerOf, type Protocol, type UniversalRequest } from '../shared/universal.ts';
import { genericStatus } from './errors.ts';
import { parseGenericPath } from './wire.ts';

/**
 * A plain HTTP cache for whatever has no protocol of its own: GET, HEAD, PUT and DELETE of
 * `/blobs/<namespace>/<key>`. `If-None-Match: *` with a PUT stores only where nothing is yet.
 */
export function createGeneric(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseGenericPath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute('blobs', path.reason);
      const namespace = toolNamespace('blobs', path.team);
      return entryRoute(policy, options, method, { namespace, key: path.key });
    },
  };
}

const policy: EntryPolicy = {
  name: 'blobs',
  statuses: genericStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put', DELETE: 'delete' },
  contentType: 'application/octet-stream',
  storedStatus: 200,
  overwrite: (request: UniversalRequest) =>
    headerOf(request.headers, 'if-none-match') === '*' ? 'refused' : 'replaces',
  verifies: 'while',
};
