import { type EntryPolicy, entryProtocol, type ToolOptions } from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { nxStatus } from './errors.ts';
import { nxName } from './name.ts';
import { parseNxPath } from './wire.ts';

/**
 * Nx's self-hosted remote cache (its OpenAPI): GET and PUT of `[/nx/<team>]/v1/cache/<hash>`. Written
 * once: a store on a hash that has an entry is a 409, so that no client replaces what others will run.
 */
export function createNx(options: ToolOptions): Protocol {
  return entryProtocol(nxPolicy, options, parseNxPath);
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
