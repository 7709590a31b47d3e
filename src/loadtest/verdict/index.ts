export * from './criteria.ts';
export * from './drift.ts';
export * from './generator-health.ts';
export * from './judge.ts';
export * from './judge-rows.ts';
export * from './measures.ts';
