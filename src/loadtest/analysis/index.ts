export * from './comparability.ts';
export * from './compare-files.ts';
export * from './compare-runs.ts';
export * from './compared-metrics.ts';
export * from './comparison-limits.ts';
export * from './evidence.ts';
export * from './history.ts';
export * from './judge-comparison.ts';
