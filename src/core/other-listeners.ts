/**
 * The listeners that a server can have beside that of HTTP/1, by the scheme of their URLs. Their
 * settings, flags and addresses follow from this list.
 */
export const otherListeners = {
  grpc: { clients: 'gRPC clients', examples: 'Bazel and others, grpc://' },
  redis: { clients: 'clients of the Redis protocol', examples: 'ccache, sccache' },
} as const satisfies Readonly<
  Record<string, { readonly clients: string; readonly examples: string }>
>;

/** What the URLs begin with that clients of another listener are given. */
export type ListenerScheme = keyof typeof otherListeners;

export const listenerSchemes = Object.keys(otherListeners) as readonly ListenerScheme[];
