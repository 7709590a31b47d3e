export * from './clock.ts';
export * from './digest.ts';
export * from './errors.ts';
export * from './exit-codes.ts';
export * from './logger.ts';
export * from './sibling-module.ts';
export * from './units.ts';
export * from './version.ts';
