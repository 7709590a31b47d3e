import { type EntryPolicy, entryProtocol, type ToolOptions } from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { rushStatus } from './errors.ts';
import { rushName } from './name.ts';
import { parseRushPath } from './wire.ts';

/** Rush's HTTP build cache plug-in: GET, and PUT, POST or PATCH as configured, of `/rush/<id>`. */
export function createRush(options: ToolOptions): Protocol {
  return entryProtocol(rushPolicy, options, parseRushPath);
}

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
