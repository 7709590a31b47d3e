export * from './body.ts';
export * from './listed-references.ts';
export * from './store.ts';
export * from './store-driver.ts';
export * from './store-options.ts';
