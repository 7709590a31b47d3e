export * from './capacity/scaling-text.ts';
export * from './capacity/text.ts';
export * from './comparison/history.ts';
export * from './comparison/html.ts';
export * from './comparison/json.ts';
export * from './comparison/junit.ts';
export * from './comparison/markdown.ts';
export * from './comparison/text.ts';
export * from './gate/junit.ts';
export * from './gate/markdown.ts';
export * from './gate/text.ts';
export * from './github/annotation.ts';
export * from './history/text.ts';
export * from './live-metrics/live-sample.ts';
export * from './live-metrics/otlp-sink.ts';
export * from './live-metrics/remote-write-sink.ts';
export { chartingLibraryUrl } from './plots/built-files.ts';
export { darkPalette, lightPalette, type Palette } from './plots/chart.ts';
export * from './plots/charts-of.ts';
export { escapeXml } from './plots/draw-svg.ts';
export * from './plots/html-report.ts';
export * from './plots/write-plots.ts';
export * from './run/benchmark-formats.ts';
export * from './run/csv.ts';
export * from './run/junit.ts';
export * from './run/live-view.ts';
export * from './run/markdown.ts';
export * from './run/suite-text.ts';
export * from './run/text.ts';
export {
  count,
  duration,
  figure,
  inUnit,
  latency,
  measuredText,
  percent,
  signed,
  size,
} from './shared/format.ts';
export * from './shared/style.ts';
export * from './trace/charts.ts';
export * from './trace/text.ts';
