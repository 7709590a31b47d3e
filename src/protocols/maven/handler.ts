import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  storeRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import { type Protocol, type Route, textResponse } from '../shared/universal.ts';
import { mavenStatus } from './errors.ts';
import { mavenName } from './name.ts';
import { parseMavenPath } from './wire.ts';

/** The repository of Maven's build-cache extension: GET, HEAD and PUT below `/maven/`. */
export function createMaven(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseMavenPath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute(mavenName, path.reason);
      if (method === 'MKCOL') return makeCollection;
      if (path.kind === 'collection')
        return invalidRoute(mavenName, 'a file is expected, not a folder');
      return entryRoute(mavenPolicy, options, method, { namespace, key: path.key });
    },
  };
}

const namespace = toolNamespace(mavenName, '');

export const mavenPolicy: EntryPolicy = {
  name: mavenName,
  statuses: mavenStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put', DELETE: 'delete' },
  contentType: 'application/octet-stream',
  storedStatus: 201,
  // The report of a build is written again, and a broken build info must be mendable.
  overwrite: 'replaces',
  verifies: 'while',
};

/** Parents come with their files, so there is nothing to make; a resolver with `supportWebDav` asks all the same. */
const makeCollection: Route = storeRoute(mavenPolicy, 'mkcol', namespace, () =>
  textResponse(201, 'created'),
);
