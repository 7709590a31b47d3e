import { PlainArtifactClient } from '../shared/opaque/plain-load-client.ts';

/**
 * Speaks to a Redis as ccache does with its results: GET, and on a miss SET, of keys with a prefix.
 * Needs a transport that turns paths into keys (the load test's own for `redis://`).
 */
export class RedisArtifactClient extends PlainArtifactClient {
  /** @param instance precedes the keys; `ccache` where there is none. */
  constructor(instance: string) {
    const prefix = instance === '' ? 'ccache' : instance;
    super({
      path: ({ key }) => `/${encodeURIComponent(`${prefix}:${key.slice(8, 48)}`)}`,
      removes: true,
    });
  }
}
