import { dirname, extname, join } from 'node:path';
import { makeDirectory, writeOutputFile } from '../../core/index.ts';
import { type Chart, lightPalette } from './chart.ts';
import type { ChartGroup } from './charts-of.ts';
import { drawPng } from './draw-png.ts';
import { drawSvg } from './draw-svg.ts';
import { htmlReport } from './html-report.ts';

/** Drawings as files: 16 to 6, readable in a page and on a slide. */
const fileSize = { widthPx: 960, heightPx: 400 } as const;

/**
 * Writes charts: a directory gets an SVG and a PNG of each and `report.html`; a `.html` file the
 * report; a `.svg` or `.png` file the requested chart.
 * @param chartId for a single picture: which; default the first.
 * @returns the files written.
 */
export async function writePlots(
  groups: readonly ChartGroup[],
  output: string,
  chartId?: string,
): Promise<string[]> {
  switch (extname(output).toLowerCase()) {
    case '.html':
      return [await writeWhole(output, await htmlReport(groups))];
    case '.svg':
      return [await writeWhole(output, await fileSvg(pick(groups, chartId)))];
    case '.png':
      return [await writeWhole(output, await drawPng(await fileSvg(pick(groups, chartId))))];
    default:
      return await writeAll(groups, output);
  }
}

/** The charts that can be drawn as a single picture. */
export function chartIdsOf(groups: readonly ChartGroup[]): string[] {
  return groups.flatMap(({ id, charts }) => charts.map((chart) => nameOf(id, chart)));
}

async function writeAll(groups: readonly ChartGroup[], dir: string): Promise<string[]> {
  makeDirectory(dir);
  const files = [await writeWhole(join(dir, 'report.html'), await htmlReport(groups))];
  for (const { id, charts } of groups) {
    for (const chart of charts) {
      const svg = await fileSvg(chart);
      const name = join(dir, nameOf(id, chart));
      files.push(await writeWhole(`${name}.svg`, svg));
      files.push(await writeWhole(`${name}.png`, await drawPng(svg)));
    }
  }
  return files;
}

function fileSvg(chart: Chart): Promise<string> {
  // A file is used without a page, so its title goes into the drawing.
  const titled: Chart = {
    ...chart,
    option: {
      ...chart.option,
      title: {
        text: chart.title,
        left: 8,
        top: 8,
        textStyle: { fontSize: 16, color: lightPalette.ink },
      },
      ...(chart.option.legend === undefined
        ? {}
        : { legend: { ...(chart.option.legend as object), top: 36 } }),
      grid: { ...(chart.option.grid as object), top: chart.option.legend === undefined ? 66 : 96 },
    },
  };
  return drawSvg(titled, fileSize, lightPalette);
}

function pick(groups: readonly ChartGroup[], chartId: string | undefined): Chart {
  const charts = groups.flatMap(({ id, charts }) =>
    charts.map((chart) => ({ chart, name: nameOf(id, chart) })),
  );
  const picked = charts.find(({ name }) => chartId === undefined || name === chartId)?.chart;
  if (picked === undefined) throw new RangeError(`no chart ${chartId}`);
  return picked;
}

function nameOf(groupId: string, chart: Chart): string {
  return groupId === '' ? chart.id : `${groupId}-${chart.id}`;
}

/** All of a file or nothing of it. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<string> {
  makeDirectory(dirname(path));
  await writeOutputFile(path, content);
  return path;
}
