export * from './live-view.ts';
export * from './style.ts';
export * from './text.ts';
export * from './text-suite.ts';
