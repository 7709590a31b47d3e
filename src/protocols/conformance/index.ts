export * from './all-protocols.ts';
export * from './hostile-suite.ts';
export * from './protocol-suite.ts';
export * from './recorded.ts';
export * from './under-test.ts';
