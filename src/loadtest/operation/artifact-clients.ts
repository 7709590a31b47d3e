import { loadProtocolOf } from '../../protocols/load-protocols.ts';
import type { ArtifactClient } from '../../protocols/shared/load-client.ts';
import type { ProtocolName } from '../config/config.ts';

/** Makes the client of a protocol, which is loaded for it: a run loads the one that it speaks. */
export async function createArtifactClient(
  protocol: ProtocolName,
  instance: string,
): Promise<ArtifactClient> {
  const Client = await loadProtocolOf(protocol).loadClient();
  return new Client(instance);
}
