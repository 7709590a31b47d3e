export * from './charts-of.ts';
export * from './html-report.ts';
export * from './write-plots.ts';
