import { BazelHttpArtifactClient } from '../../protocols/bazel-http/client.ts';
import type { ArtifactClient } from '../../protocols/client.ts';
import { MemobuildArtifactClient } from '../../protocols/memobuild/client.ts';
import type { ProtocolName } from '../config/config.ts';

/** Makes the client of a protocol. */
export function createArtifactClient(protocol: ProtocolName, instance: string): ArtifactClient {
  return new artifactClients[protocol](instance);
}

const artifactClients = {
  memobuild: MemobuildArtifactClient,
  bazel: BazelHttpArtifactClient,
} satisfies Record<ProtocolName, new (instance: string) => ArtifactClient>;
