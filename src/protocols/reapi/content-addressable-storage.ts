import { ContentAddressableStorage } from '../shared/protobuf/generated/remote-execution.pb.ts';
import { batchRead } from './batch-read.ts';
import { batchUpdate } from './batch-update.ts';
import type { ContentOptions } from './content-options.ts';
import { findMissing } from './find-missing.ts';
import { getTree } from './get-tree.ts';
import { batchUpdateBytesMax, nameRequestBytesMax } from './limits.ts';
import { decodedBytesOf, type GrpcMethod, serverStream, unary } from './method.ts';

/** The service ContentAddressableStorage: many small blobs in a call, and what is missing. */
export function contentMethods(options: ContentOptions): GrpcMethod[] {
  const { method } = ContentAddressableStorage;
  return [
    unary(method.findMissingBlobs, 'read', (request, call) => findMissing(options, request, call)),
    unary(
      method.batchUpdateBlobs,
      'write',
      (request, call) => batchUpdate(options, request, call),
      {
        messageBytesMax: batchUpdateBytesMax,
        // Blobs stay where they are in the message.
        roomBytesOf: (messageBytes) => messageBytes,
      },
    ),
    unary(method.batchReadBlobs, 'read', (request, call) => batchRead(options, request, call), {
      roomBytesOf: (messageBytes) => decodedBytesOf(messageBytes) + options.limits.answerBytesMax,
    }),
    serverStream(method.getTree, 'read', (request, call) => getTree(options, request, call), {
      messageBytesMax: nameRequestBytesMax,
    }),
  ];
}
