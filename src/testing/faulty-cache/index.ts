export * from './faults.ts';
export * from './start-faulty-cache.ts';
