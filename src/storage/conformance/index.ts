export type { DeclaredDriver } from './declared.ts';
export { isCacheError } from './is-cache-error.ts';
export * from './samples.ts';
export * from './store-factory.ts';
export * from './store-suite.ts';
export { assertFlatMemory } from './stream-cases.ts';
