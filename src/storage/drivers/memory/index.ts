export * from './driver.ts';
export * from './memory-store.ts';
