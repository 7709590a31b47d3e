export * from './bazel-http/index.ts';
export * from './client.ts';
export * from './universal.ts';
