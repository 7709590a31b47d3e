import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  Digest,
  FindMissingBlobsRequest,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { assertCountFits } from './batch-limits.ts';
import { digestFunctionOf, parseDigest } from './blob-digest.ts';
import type { ContentOptions } from './content-options.ts';
import { parseInstanceName } from './instance-name.ts';
import type { GrpcCall } from './method.ts';

/** Which of many blobs are absent. The answer repeats digests of the request, so it is no longer than that. */
export async function findMissing(
  { blobs, limits, reserved }: ContentOptions,
  request: FindMissingBlobsRequest,
  call: GrpcCall,
): Promise<{ missingBlobDigests: Digest[] }> {
  const caller = call.callerFor(parseInstanceName(request.instanceName, reserved));
  const digestFunction = digestFunctionOf(request.digestFunction);
  const asked = request.blobDigests;
  assertCountFits('FindMissingBlobs', asked.length, limits.digestsMax);
  const missingBlobDigests: Digest[] = [];
  for (let at = 0; at < asked.length; at += limits.digestsPerTurn) {
    if (at > 0) await nextTurn();
    const turn = asked.slice(at, at + limits.digestsPerTurn);
    const digests = turn.map((digest) => parseDigest(digest, digestFunction));
    const missing = await blobs.missing(digests, caller);
    for (const [index, digest] of turn.entries()) {
      if (missing[index] === true) missingBlobDigests.push(digest);
    }
  }
  return { missingBlobDigests };
}
