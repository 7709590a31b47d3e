export * from './trace-format.ts';
