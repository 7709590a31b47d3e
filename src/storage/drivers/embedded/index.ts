export * from './driver.ts';
export type { EmbeddedStore } from './embedded-store.ts';
export * from './open.ts';
export * from './options.ts';
