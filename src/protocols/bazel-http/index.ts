export * from './descriptor.ts';
export * from './errors.ts';
export * from './handler.ts';
export * from './wire.ts';
