export * from './api-v1/index.ts';
export * from './bazel-http/index.ts';
export * from './redis/index.ts';
export * from './shared/load-client.ts';
export * from './shared/mounts.ts';
export * from './shared/namespaces.ts';
export type { ToolOptions } from './shared/opaque/index.ts';
export * from './shared/universal.ts';
export { createToolProtocols } from './tool-protocols.ts';
