import { type EntryPolicy, entryProtocol, type ToolOptions } from '../shared/opaque/index.ts';
import type { Protocol } from '../shared/universal.ts';
import { gradleStatus } from './errors.ts';
import { gradleName } from './name.ts';
import { gradleContentType, parseGradlePath } from './wire.ts';

/** Gradle's HTTP build cache: GET and PUT of `/gradle[/<team>]/<key>`, the same at `/cache`. */
export function createGradle(options: ToolOptions): Protocol {
  return entryProtocol(gradlePolicy, options, parseGradlePath);
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
