import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { CacheError, collect } from '../../core/index.ts';
import { decodeMessage } from '../shared/protobuf/decode-message.ts';
import {
  type Directory,
  DirectorySchema,
  type GetTreeRequest,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { type BlobDigest, digestFunctionOf, parseDigest } from './blob-digest.ts';
import type { ContentOptions } from './content-options.ts';
import { GrpcFailure, grpcCodes } from './errors.ts';
import { EventLoopYield } from './event-loop-yield.ts';
import { parseInstanceName } from './instance-name.ts';
import { Encoded, type GrpcCall } from './method.ts';

/**
 * Walks a directory and all below it, each once, breadth first, and answers them page by page. A
 * directory that is not stored is left out; only the root must be there. A page token is the number
 * of directories that came before it in the walk.
 */
export async function* getTree(
  options: ContentOptions,
  request: GetTreeRequest,
  call: GrpcCall,
): AsyncGenerator<Encoded, void, undefined> {
  const { limits } = options;
  const pageItems = pageSizeOf(request.pageSize);
  const skipped = pageTokenOf(request.pageToken);
  let page: Uint8Array[] = [];
  let pageBytes = 0;
  let walked = 0;
  await call.roomFor(limits.answerBytesMax);
  for await (const directory of walk(options, request, call)) {
    const sizeBytes = directory.byteLength + fieldHeadBytesMax;
    walked += 1;
    if (walked <= skipped) continue;
    if (
      page.length > 0 &&
      (page.length >= pageItems || pageBytes + sizeBytes > limits.inlineBytesMax)
    ) {
      yield encodePage(page, String(walked - 1));
      await call.roomFor(limits.answerBytesMax);
      page = [];
      pageBytes = 0;
    }
    page.push(directory);
    pageBytes += sizeBytes;
  }
  yield encodePage(page, '');
}

/** A tag and a length. */
const fieldHeadBytesMax = 6;

/**
 * build.bazel.remote.execution.v2.GetTreeResponse: directories (1), which are encoded already, and
 * next_page_token (2).
 */
function encodePage(directories: readonly Uint8Array[], nextPageToken: string): Encoded {
  const writer = new BinaryWriter();
  for (const directory of directories) writer.tag(1, WireType.LengthDelimited).bytes(directory);
  if (nextPageToken !== '') writer.tag(2, WireType.LengthDelimited).string(nextPageToken);
  return new Encoded(writer.finish());
}

async function* walk(
  { blobs, limits, reserved }: ContentOptions,
  request: GetTreeRequest,
  call: GrpcCall,
): AsyncGenerator<Uint8Array, void, undefined> {
  const caller = call.callerFor(parseInstanceName(request.instanceName, reserved));
  const digestFunction = digestFunctionOf(request.digestFunction);
  const root = parseDigest(request.rootDigest, digestFunction);
  const queue: BlobDigest[] = [root];
  const seen = new Set<string>([nameOf(root)]);
  const turns = new EventLoopYield(limits.blobsPerTurn);
  for (const digest of queue) {
    const turn = turns.step();
    if (turn !== undefined) await turn;
    if (call.signal.aborted) throw call.signal.reason;
    if (digest.sizeBytes > limits.batchBytesMax) throw notADirectory(digest);
    const found = await blobs.get(digest, caller);
    if (found.kind === 'miss') {
      if (digest !== root) continue;
      throw new GrpcFailure(grpcCodes.notFound, 'not_found', `no blob ${digest.hash}`);
    }
    const bytes = found.bytes ?? (await collect(found.stream({ signal: call.signal })));
    for (const { digest: child } of decode(bytes, digest).directories) {
      const childDigest = parseDigest(child, digestFunction);
      if (seen.has(nameOf(childDigest))) continue;
      if (queue.length >= limits.treeDirectoriesMax) {
        throw new CacheError(
          'too_large',
          `a tree may have at most ${limits.treeDirectoriesMax} directories`,
        );
      }
      seen.add(nameOf(childDigest));
      queue.push(childDigest);
    }
    yield bytes;
  }
}

function nameOf({ hash, sizeBytes }: BlobDigest): string {
  return `${hash}/${sizeBytes}`;
}

const pageItemsMax = 10_000;

function pageSizeOf(asked: number): number {
  if (asked < 0) throw new CacheError('bad_request', `page_size must be 0 or more, got ${asked}`);
  return asked === 0 ? pageItemsMax : Math.min(asked, pageItemsMax);
}

function pageTokenOf(token: string): number {
  if (token === '') return 0;
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw new CacheError('bad_request', 'page_token must be the next_page_token of an answer');
}

function decode(bytes: Uint8Array, digest: BlobDigest): Directory {
  try {
    return decodeMessage(DirectorySchema, bytes);
  } catch {
    throw notADirectory(digest);
  }
}

function notADirectory({ hash }: BlobDigest): CacheError {
  return new CacheError('bad_request', `blob ${hash} is not a Directory message`);
}
