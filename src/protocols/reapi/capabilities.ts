import type { ReservedMounts } from '../shared/mounts.ts';
import {
  Capabilities,
  Compressor_Value,
  DigestFunction_Value,
  SymlinkAbsolutePathStrategy_Value,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { parseInstanceName } from './instance-name.ts';
import type { ReapiLimits } from './limits.ts';
import { type GrpcMethod, unary } from './method.ts';
import type { ClientMetadata } from './request-metadata.ts';

/**
 * The service Capabilities: what this server takes, so that clients need not find out by failing. It
 * asks for no credential: Bazel ends a build whose first call is refused, and only warns of a later one.
 */
export function capabilitiesMethods(options: {
  readonly limits: ReapiLimits;
  readonly reserved: ReservedMounts;
}): GrpcMethod[] {
  const { limits, reserved } = options;
  return [
    unary(Capabilities.method.getCapabilities, 'open', ({ instanceName }, call) => {
      const mayUpdate = call.mayWrite(parseInstanceName(instanceName, reserved));
      return {
        cacheCapabilities: {
          digestFunctions: [DigestFunction_Value.SHA256, DigestFunction_Value.BLAKE3],
          actionCacheUpdateCapabilities: {
            updateEnabled: mayUpdate || endsBuildWithoutUpdates(call.client),
          },
          // Never 0: some clients take "no limit" literally and build messages that no server accepts.
          maxBatchTotalSizeBytes: BigInt(limits.batchBytesMax),
          maxCasBlobSizeBytes: BigInt(limits.blobBytesMax),
          symlinkAbsolutePathStrategy: SymlinkAbsolutePathStrategy_Value.ALLOWED,
          supportedCompressors: [Compressor_Value.ZSTD],
          supportedBatchUpdateCompressors: [Compressor_Value.ZSTD],
        },
        lowApiVersion: { major: 2, minor: 0 },
        highApiVersion: { major: 2, minor: 3 },
      };
    }),
  ];
}

/**
 * Bazel before 6.0 ends the build with exit code 34 when it learns that it may not write and was
 * not configured to keep its results. Otherwise it warns of each write that is refused and builds on.
 */
function endsBuildWithoutUpdates(client: ClientMetadata | undefined): boolean {
  if (client?.toolName !== 'bazel') return false;
  const major = /^(\d+)\./.exec(client.toolVersion)?.[1];
  // Distributions' builds of old releases have no version.
  return major === undefined || Number(major) < 6;
}
