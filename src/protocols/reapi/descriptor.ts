import type { ListenerDescriptor } from '../shared/server-descriptor.ts';
import { reapiName } from './name.ts';

/**
 * Bazel's protocol over gRPC. A server without a gRPC port loads nothing of it, so this file imports
 * no more than its name.
 */
export const reapi: ListenerDescriptor = {
  kind: 'listener',
  scheme: 'grpc',
  name: reapiName,
  mounts: [],
  namespace: undefined,
  docsPage: 'clients/bazel.md',
  // Failures are codes of gRPC, with details that programs read.
  answers: undefined,
  // An entry is an action result that names blobs: its own tests store them.
  examples: [],
};
