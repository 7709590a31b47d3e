export { type DirectoryLock, lockStoreDirectory } from './directory-lock.ts';
export { type EmbeddedStore, openEmbeddedStore } from './embedded-store.ts';
export * from './options.ts';
