import { fromBinary } from '@bufbuild/protobuf';
import { CacheError } from '../../core/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import {
  type Directory,
  DirectorySchema,
  type GetTreeRequest,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { type BlobDigest, digestFunctionOf, parseDigest } from './blob-digest.ts';
import type { Blobs } from './blobs.ts';
import { collect } from './collect.ts';
import { GrpcFailure, grpcCodes } from './errors.ts';
import { parseInstanceName } from './instance-name.ts';
import type { ReapiLimits } from './limits.ts';
import type { GrpcCall } from './method.ts';

export interface GetTreeOptions {
  readonly blobs: Blobs;
  readonly limits: ReapiLimits;
  readonly reserved: ReservedMounts;
}

/**
 * Walks a directory and all below it, each once, breadth first, and answers them page by page. A
 * directory that is not stored is left out; only the root must be there. A page token is the number
 * of directories that came before it in the walk.
 */
export async function* getTree(
  options: GetTreeOptions,
  request: GetTreeRequest,
  call: GrpcCall,
): AsyncGenerator<{ directories: Directory[]; nextPageToken: string }, void, undefined> {
  const { limits } = options;
  const pageItems = pageSizeOf(request.pageSize);
  const skipped = pageTokenOf(request.pageToken);
  let page: Directory[] = [];
  let pageBytes = 0;
  let walked = 0;
  for await (const { directory, sizeBytes } of walk(options, request, call)) {
    walked += 1;
    if (walked <= skipped) continue;
    if (
      page.length > 0 &&
      (page.length >= pageItems || pageBytes + sizeBytes > limits.inlineBytesMax)
    ) {
      yield { directories: page, nextPageToken: String(walked - 1) };
      page = [];
      pageBytes = 0;
    }
    page.push(directory);
    pageBytes += sizeBytes;
  }
  yield { directories: page, nextPageToken: '' };
}

async function* walk(
  { blobs, limits, reserved }: GetTreeOptions,
  request: GetTreeRequest,
  call: GrpcCall,
): AsyncGenerator<{ readonly directory: Directory; readonly sizeBytes: number }, void, undefined> {
  const caller = call.callerFor(parseInstanceName(request.instanceName, reserved));
  const digestFunction = digestFunctionOf(request.digestFunction);
  const root = parseDigest(request.rootDigest, digestFunction);
  const queue: BlobDigest[] = [root];
  const seen = new Set<string>([root.hash]);
  for (const digest of queue) {
    if (digest.sizeBytes > limits.batchBytesMax) throw notADirectory(digest);
    const found = await blobs.get(digest, caller);
    if (found.kind === 'miss') {
      if (digest !== root) continue;
      throw new GrpcFailure(grpcCodes.notFound, 'not_found', `no blob ${digest.hash}`);
    }
    const bytes = found.bytes ?? (await collect(found.stream({ signal: call.signal })));
    const directory = decode(bytes, digest);
    for (const { digest: child } of directory.directories) {
      const childDigest = parseDigest(child, digestFunction);
      if (seen.has(childDigest.hash)) continue;
      if (queue.length >= limits.treeDirectoriesMax) {
        throw new CacheError('too_large', `a tree takes ${limits.treeDirectoriesMax} directories`);
      }
      seen.add(childDigest.hash);
      queue.push(childDigest);
    }
    yield { directory, sizeBytes: digest.sizeBytes };
  }
}

const pageItemsMax = 10_000;

function pageSizeOf(asked: number): number {
  if (asked < 0) throw new CacheError('bad_request', `page_size takes 0.., got ${asked}`);
  return asked === 0 ? pageItemsMax : Math.min(asked, pageItemsMax);
}

function pageTokenOf(token: string): number {
  if (token === '') return 0;
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw new CacheError('bad_request', 'page_token takes what an answer had as next_page_token');
}

function decode(bytes: Uint8Array, digest: BlobDigest): Directory {
  try {
    return fromBinary(DirectorySchema, bytes);
  } catch {
    throw notADirectory(digest);
  }
}

function notADirectory({ hash }: BlobDigest): CacheError {
  return new CacheError('bad_request', `blob ${hash} is not a Directory message`);
}
