export * from './assemble-result.ts';
export * from './environment.ts';
export * from './json-schema.ts';
export * from './latency-result.ts';
export * from './recorded-values.ts';
export * from './result.ts';
export * from './result-file.ts';
export * from './suite-result.ts';
