import { type EntryPolicy, entryProtocol, type ToolOptions } from '../shared/opaque/index.ts';
import { headerOf, type Protocol, type UniversalRequest } from '../shared/universal.ts';
import { genericStatus } from './errors.ts';
import { genericNamespace } from './name.ts';
import { parseGenericPath } from './wire.ts';

/**
 * A plain HTTP cache for whatever has no protocol of its own: GET, HEAD, PUT and DELETE of
 * `/blobs/<namespace>/<key>`. `If-None-Match: *` with a PUT stores only where nothing is yet.
 */
export function createGeneric(options: ToolOptions): Protocol {
  return entryProtocol(genericPolicy, options, parseGenericPath);
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
