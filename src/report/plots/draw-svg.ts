import { type Chart, type ColorName, type Palette, placeholder } from './chart.ts';

export interface DrawingSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The typeface of drawings: shipped with the program, so that a PNG looks the same everywhere. */
export const drawingFont = 'DejaVu Sans';

/**
 * Draws a chart as SVG text, without a browser.
 * @param colors what the named colours become: hexadecimal for a file, `var(--x)` for a page with themes.
 */
export async function drawSvg(chart: Chart, size: DrawingSize, colors: Palette): Promise<string> {
  // Loaded on use: the charting library takes longer to load than most commands take to run.
  const echarts = await import('./echarts.bundle.ts');
  const drawing = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: size.widthPx,
    height: size.heightPx,
  });
  try {
    drawing.setOption({
      animation: false,
      backgroundColor: placeholder.ground,
      textStyle: { fontFamily: `${drawingFont}, sans-serif`, color: placeholder.ink },
      ...chart.option,
    });
    return finish(drawing.renderToSVGString(), chart, colors);
  } finally {
    drawing.dispose();
  }
}

function finish(drawn: string, chart: Chart, colors: Palette): string {
  let svg = drawn;
  for (const [name, mark] of Object.entries(placeholder) as [ColorName, string][]) {
    svg = svg.replaceAll(mark, colors[name]).replaceAll(rgbOf(mark), colors[name]);
  }
  const named = `role="img" aria-label="${escapeXml(`${chart.title}. ${chart.description}`)}"`;
  return svg.replace('<svg ', `<svg ${named} `);
}

/** The charting library writes some colours as rgb(). */
function rgbOf(hex: string): string {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  return `rgb(${part(1)},${part(3)},${part(5)})`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
