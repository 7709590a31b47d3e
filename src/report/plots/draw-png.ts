import { fileURLToPath } from 'node:url';
import { fontUrls } from './built-files.ts';
import { drawingFont } from './draw-svg.ts';

/** Pixels of the picture for each pixel of the drawing. */
const pixelRatio = 2;

/** Makes a PNG of an SVG drawing, without a browser and without the system's fonts. */
export async function drawPng(svg: string): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js');
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: pixelRatio },
    font: {
      fontFiles: fontUrls.map((url) => fileURLToPath(url)),
      loadSystemFonts: false,
      defaultFontFamily: drawingFont,
    },
  });
  return resvg.render().asPng();
}
