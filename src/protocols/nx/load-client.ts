import { PlainArtifactClient, shortKey } from '../shared/opaque/plain-load-client.ts';
import { nxPath } from './wire.ts';

/** Speaks to a cache as Nx does: hashes are decimal numbers of 64 bits. */
export class NxArtifactClient extends PlainArtifactClient {
  /** @param instance the team; '' for none. */
  constructor(instance: string) {
    super({
      path: ({ key }) => nxPath(instance, shortKey(key).toString()),
      lookupLines: 'Accept: application/octet-stream\r\n',
      storeLines: 'Accept: */*\r\n',
      removes: false,
      storesOnce: true,
    });
  }
}
