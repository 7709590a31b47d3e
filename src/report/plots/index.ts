export { darkPalette, lightPalette, type Palette } from './chart.ts';
export * from './charts-of.ts';
export { escapeXml } from './draw-svg.ts';
export * from './html-report.ts';
export * from './write-plots.ts';
