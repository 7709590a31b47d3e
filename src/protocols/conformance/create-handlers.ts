import { createCache } from '../../cache/index.ts';
import { createMemoryStore } from '../../storage/drivers/memory/index.ts';
import { createHttpProtocols } from '../create-http-protocols.ts';
import type { Protocol } from '../shared/universal.ts';

/** The handlers of all protocols over HTTP, in the order of `httpProtocols`, over an empty store. */
export function createHandlers(): readonly Protocol[] {
  return createHttpProtocols({
    cache: createCache({ store: createMemoryStore({ maxBytes: 0 }) }),
    blobBytesMax: 2 ** 20,
    stats: () => Promise.reject(new Error('nobody asks for statistics here')),
    batchKeysMax: 10,
    batchBodyBytesMax: 1000,
  });
}
