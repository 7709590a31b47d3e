export * from './checklist.ts';
export * from './checklist-file.ts';
export * from './gate-metrics.ts';
export * from './gate-result.ts';
export * from './judge-gate.ts';
export * from './requirement.ts';
export * from './run-gate.ts';
