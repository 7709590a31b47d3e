/**
 * Files that the build makes of other packages. They lie in dist/ alone, and the sources, when they
 * run without a build of themselves, find them there too.
 */
const builtFiles = new URL('../../../dist/report/plots/', import.meta.url);

/** The parts of the charting library that are used, as one module for browsers. */
export const chartingLibraryUrl = new URL('echarts.bundle.js', builtFiles);

/** The font of drawings, upright and bold. */
export const fontUrls: readonly URL[] = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map(
  (name) => new URL(`fonts/${name}`, builtFiles),
);
