import { createRequire } from 'node:module';
import { drawingFont } from './draw-svg.ts';

/** Pixels of the picture for each pixel of the drawing. */
const pixelRatio = 2;

/** Makes a PNG of an SVG drawing, without a browser and without the system's fonts. */
export async function drawPng(svg: string): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js');
  const fontFile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
  const boldFile = fontFile.replace('DejaVuSans.ttf', 'DejaVuSans-Bold.ttf');
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: pixelRatio },
    font: {
      fontFiles: [fontFile, boldFile],
      loadSystemFonts: false,
      defaultFontFamily: drawingFont,
    },
  });
  return resvg.render().asPng();
}
