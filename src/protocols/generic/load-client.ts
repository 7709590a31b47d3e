import { PlainArtifactClient } from '../shared/opaque/plain-load-client.ts';
import { genericPath } from './wire.ts';

export { genericPath } from './wire.ts';

/** Speaks to `/blobs/<namespace>/<key>`; the instance is the namespace, `default` where there is none. */
export class GenericArtifactClient extends PlainArtifactClient {
  constructor(instance: string) {
    const namespace = instance === '' ? 'default' : instance;
    super({ path: ({ key }) => genericPath(namespace, key), removes: true, asks: true });
  }
}
