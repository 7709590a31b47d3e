import type { EntryPath } from '../entry-path.ts';
import { toolNamespace } from '../namespaces.ts';
import type { Protocol } from '../universal.ts';
import { type EntryPolicy, entryRoute, invalidRoute, type ToolOptions } from './entry-route.ts';

/** The protocol of a tool that reads and writes entries and does nothing else. */
export function entryProtocol(
  policy: EntryPolicy,
  options: ToolOptions,
  parse: (url: string) => EntryPath,
): Protocol {
  return {
    route: (method, url) => {
      const path = parse(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute(policy.name, path.reason);
      const namespace = toolNamespace(policy.name, path.team ?? '');
      return entryRoute(policy, options, method, { namespace, key: path.key });
    },
  };
}
