export * from './config/config.ts';
export * from './engine/measurement.ts';
export * from './engine/progress.ts';
export * from './scenario/scenario.ts';
