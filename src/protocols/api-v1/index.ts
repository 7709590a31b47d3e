export * from './errors.ts';
export * from './frames.ts';
export * from './handler.ts';
export * from './stats.ts';
export * from './wire.ts';
