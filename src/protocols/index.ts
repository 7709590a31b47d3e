export * from './api-v1/index.ts';
export * from './bazel-http/index.ts';
export * from './client.ts';
export * from './mounts.ts';
export * from './namespaces.ts';
export type { ToolOptions } from './opaque/index.ts';
export * from './redis/index.ts';
export { createToolProtocols } from './tool-protocols.ts';
export * from './universal.ts';
