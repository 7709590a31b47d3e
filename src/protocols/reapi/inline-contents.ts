import type { Caller } from '../../cache/index.ts';
import { collect } from '../../core/index.ts';
import type {
  ActionResult,
  Digest,
  GetActionResultRequest,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { type DigestFunctionName, isDigest, parseDigest } from './blob-digest.ts';
import type { Blobs } from './blobs.ts';
import { EventLoopYield } from './event-loop-yield.ts';
import type { ReapiLimits } from './limits.ts';
import type { GrpcCall } from './method.ts';

/**
 * Puts into a result what the client asked to have inline: output files by path, standard output
 * and error. These are hints: what does not fit, or is not there, stays a digest.
 * @returns whether the result was changed.
 */
export async function inlineContents(
  { blobs, limits }: { readonly blobs: Blobs; readonly limits: ReapiLimits },
  wanted: {
    readonly result: ActionResult;
    /** Its length, encoded. */
    readonly resultBytes: number;
    readonly request: GetActionResultRequest;
    readonly caller: Caller;
    readonly digestFunction: DigestFunctionName;
    readonly call: GrpcCall;
  },
): Promise<boolean> {
  const { result, resultBytes, request, caller, digestFunction, call } = wanted;
  const turns = new EventLoopYield(limits.blobsPerTurn);
  // What is put in needs a few bytes for its length and those of what holds it.
  let leftBytes = Math.min(
    limits.inlineBytesMax,
    limits.answerBytesMax - resultBytes - answerHeadBytesMax,
  );
  let isChanged = false;
  const inline = async (
    digest: Digest | undefined,
    present: Uint8Array,
  ): Promise<Uint8Array | undefined> => {
    if (digest === undefined || present.byteLength > 0) return undefined;
    // What came in over HTTP was checked for nothing.
    if (!isDigest(digest, digestFunction)) return undefined;
    const named = parseDigest(digest, digestFunction);
    if (named.sizeBytes === 0 || named.sizeBytes > leftBytes) return undefined;
    const turn = turns.step();
    if (turn !== undefined) await turn;
    const found = await blobs.get(named, caller);
    if (found.kind === 'miss') return undefined;
    leftBytes -= named.sizeBytes + partHeadBytesMax;
    isChanged = true;
    return found.bytes ?? (await collect(found.stream({ signal: call.signal })));
  };
  if (request.inlineStdout) {
    result.stdoutRaw = (await inline(result.stdoutDigest, result.stdoutRaw)) ?? result.stdoutRaw;
  }
  if (request.inlineStderr) {
    result.stderrRaw = (await inline(result.stderrDigest, result.stderrRaw)) ?? result.stderrRaw;
  }
  if (request.inlineOutputFiles.length > 0) {
    const paths = new Set(request.inlineOutputFiles);
    for (const file of result.outputFiles) {
      if (!paths.has(file.path)) continue;
      file.contents = (await inline(file.digest, file.contents)) ?? file.contents;
    }
  }
  return isChanged;
}

/** A field's tag and length, and what the length of the message around it grows by. */
const partHeadBytesMax = 10;
const answerHeadBytesMax = 64;
