import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import { headerOf, type Protocol, type UniversalRequest } from '../shared/universal.ts';
import { genericStatus } from './errors.ts';
import { genericNamespace } from './name.ts';
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
      if (path.kind === 'invalid') return invalidRoute(genericNamespace, path.reason);
      const namespace = toolNamespace(genericNamespace, path.team);
      return entryRoute(genericPolicy, options, method, { namespace, key: path.key });
    },
  };
}

export const genericPolicy: EntryPolicy = {
  name: genericNamespace,
  statuses: genericStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put', DELETE: 'delete' },
  contentType: 'application/octet-stream',
  storedStatus: 200,
  overwrite: (request: UniversalRequest) =>
    headerOf(request.headers, 'if-none-match') === '*' ? 'refused' : 'replaces',
  verifies: 'while',
};
