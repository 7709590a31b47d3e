export * from './create-trace.ts';
export * from './trace-recorder.ts';
