export * from './config.ts';
export * from './config-error.ts';
export * from './defaults.ts';
export * from './read-yaml-file.ts';
export * from './resolve-config.ts';
export * from './scenario-file.ts';
export * from './scenarios.ts';
