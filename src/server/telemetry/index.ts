export * from './collected-reports.ts';
export * from './counters.ts';
export * from './process-report.ts';
export * from './telemetry.ts';
