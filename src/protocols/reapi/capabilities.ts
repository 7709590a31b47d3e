import {
  Capabilities,
  Compressor_Value,
  DigestFunction_Value,
  SymlinkAbsolutePathStrategy_Value,
} from './generated/remote-execution.pb.ts';
import { parseInstanceName } from './instance-name.ts';
import type { ReapiLimits } from './limits.ts';
import { type GrpcMethod, unary } from './method.ts';

/** The service Capabilities: what this server takes, so that clients need not find out by failing. */
export function capabilitiesMethods(options: {
  readonly limits: ReapiLimits;
  readonly readOnly: boolean;
}): GrpcMethod[] {
  const { limits, readOnly } = options;
  return [
    unary(Capabilities.method.getCapabilities, 'read', ({ instanceName }, { principal }) => {
      parseInstanceName(instanceName);
      return {
        cacheCapabilities: {
          digestFunctions: [DigestFunction_Value.SHA256, DigestFunction_Value.BLAKE3],
          actionCacheUpdateCapabilities: {
            updateEnabled: !readOnly && principal.scope === 'write',
          },
          // Never 0: some clients take "no limit" at its word and build messages that nobody takes.
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
