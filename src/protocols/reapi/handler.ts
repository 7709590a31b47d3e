import type { Cache } from '../../cache/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import { file_bytestream } from '../shared/protobuf/generated/bytestream.pb.ts';
import { file_health } from '../shared/protobuf/generated/health.pb.ts';
import { file_reflection } from '../shared/protobuf/generated/reflection.pb.ts';
import { file_remote_execution } from '../shared/protobuf/generated/remote-execution.pb.ts';
import { actionCacheMethods } from './action-cache.ts';
import { Blobs } from './blobs.ts';
import { byteStreamMethods } from './byte-stream.ts';
import { capabilitiesMethods } from './capabilities.ts';
import { contentMethods } from './content-addressable-storage.ts';
import { healthMethods } from './health.ts';
import { defaultReapiLimits, type ReapiLimits } from './limits.ts';
import type { GrpcMethod } from './method.ts';
import { reflectionMethods } from './reflection.ts';
import { Uploads } from './upload.ts';

/** The Remote Execution API v2, as far as a cache serves it, with ByteStream, health and reflection. */
export interface Reapi {
  readonly methods: readonly GrpcMethod[];
  /** Gives up uploads that wait for a client to come back. */
  close(): void;
}

export interface ReapiOptions {
  readonly cache: Cache;
  /** What instances may not be called. */
  readonly reserved: ReservedMounts;
  /** Those not given are {@link defaultReapiLimits}. */
  readonly limits?: Partial<ReapiLimits>;
  /** As the cache has it; for BLAKE3, whose digests the cache does not know. Default true. */
  readonly checkReferences?: boolean;
  /** What health checks answer. Default: always serving. */
  readonly isServing?: () => Promise<boolean>;
}

export function createReapi(options: ReapiOptions): Reapi {
  const { cache, reserved, checkReferences = true, isServing = async () => true } = options;
  const limits = { ...defaultReapiLimits, ...options.limits };
  const blobs = new Blobs(cache);
  const uploads = new Uploads(limits);
  const files = [file_remote_execution, file_bytestream, file_health, file_reflection];
  const services = files.flatMap((file) => file.services.map(({ typeName }) => typeName));
  return {
    methods: [
      ...capabilitiesMethods({ limits, reserved }),
      ...actionCacheMethods({ cache, blobs, limits, reserved, checkReferences }),
      ...contentMethods({ blobs, limits, reserved }),
      ...byteStreamMethods({ blobs, limits, uploads, reserved }),
      ...healthMethods({ services, isServing }),
      ...reflectionMethods(files),
    ],
    close: () => uploads.close(),
  };
}
