import { BazelHttpArtifactClient } from '../../protocols/bazel-http/load-client.ts';
import { CcacheArtifactClient } from '../../protocols/ccache/load-client.ts';
import { GenericArtifactClient } from '../../protocols/generic/load-client.ts';
import { GradleArtifactClient } from '../../protocols/gradle/load-client.ts';
import { MemobuildArtifactClient } from '../../protocols/memobuild/load-client.ts';
import { NxArtifactClient } from '../../protocols/nx/load-client.ts';
import { ReapiArtifactClient } from '../../protocols/reapi/load-client.ts';
import { RedisArtifactClient } from '../../protocols/redis/load-client.ts';
import type { ArtifactClient } from '../../protocols/shared/load-client.ts';
import { TurborepoArtifactClient } from '../../protocols/turborepo/load-client.ts';
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
