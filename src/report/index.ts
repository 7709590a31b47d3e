export * from './comparison-json.ts';
export * from './comparison-markdown.ts';
export * from './comparison-text.ts';
export * from './history.ts';
export * from './live-view.ts';
export * from './style.ts';
export * from './text.ts';
export * from './text-suite.ts';
