import { serverProtocols } from './server-protocols.ts';

const toolNamespaces: ReadonlySet<string | undefined> = new Set(
  serverProtocols.map(({ namespace }) => namespace),
);

/** The tool whose namespace it is; `undefined` for Bazel's and any other. */
export function toolOf(namespace: string): string | undefined {
  const end = namespace.indexOf(':');
  if (end < 0) return undefined;
  const tool = namespace.slice(0, end);
  return toolNamespaces.has(tool) ? tool : undefined;
}
