export * from './body.ts';
export * from './drivers/embedded/index.ts';
export * from './drivers/memory/index.ts';
export * from './store.ts';
export * from './store-options.ts';
