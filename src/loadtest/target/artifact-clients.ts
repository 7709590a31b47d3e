import { BazelHttpArtifactClient } from '../../protocols/bazel-http/client.ts';
import { CcacheArtifactClient } from '../../protocols/ccache/client.ts';
import type { ArtifactClient } from '../../protocols/client.ts';
import { GenericArtifactClient } from '../../protocols/generic/client.ts';
import { GradleArtifactClient } from '../../protocols/gradle/client.ts';
import { MemobuildArtifactClient } from '../../protocols/memobuild/client.ts';
import { NxArtifactClient } from '../../protocols/nx/client.ts';
import { ReapiArtifactClient } from '../../protocols/reapi/client.ts';
import { RedisArtifactClient } from '../../protocols/redis/client.ts';
import { TurborepoArtifactClient } from '../../protocols/turborepo/client.ts';
import type { ProtocolName } from '../config/config.ts';

/** Makes the client of a protocol. */
export function createArtifactClient(protocol: ProtocolName, instance: string): ArtifactClient {
  return new artifactClients[protocol](instance);
}

const artifactClients = {
  memobuild: MemobuildArtifactClient,
  bazel: BazelHttpArtifactClient,
  turborepo: TurborepoArtifactClient,
  nx: NxArtifactClient,
  gradle: GradleArtifactClient,
  ccache: CcacheArtifactClient,
  redis: RedisArtifactClient,
  reapi: ReapiArtifactClient,
  generic: GenericArtifactClient,
} satisfies Record<ProtocolName, new (instance: string) => ArtifactClient>;
