import { type EntryPolicy, entryProtocol, type ToolOptions } from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { ccacheStatus } from './errors.ts';
import { ccacheName } from './name.ts';
import { parseCcachePath } from './wire.ts';

/**
 * ccache's HTTP remote storage: GET, HEAD, PUT and DELETE below `/ccache[/<team>]/`. The bytes are
 * ccache's own, also in its `bazel` layout: none are read as action results.
 */
export function createCcache(options: ToolOptions): Protocol {
  return entryProtocol(ccachePolicy, options, parseCcachePath);
}

export const ccachePolicy: EntryPolicy = {
  name: ccacheName,
  statuses: ccacheStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put', DELETE: 'delete' },
  contentType: 'application/octet-stream',
  storedStatus: 200,
  // ccache asks with HEAD before it stores where it does not want to overwrite (`overwrite = false`).
  overwrite: 'replaces',
  verifies: 'while',
};
