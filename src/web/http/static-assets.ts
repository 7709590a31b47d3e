import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { chartingLibraryUrl, darkPalette, lightPalette, type Palette } from '../../report/index.ts';

/** A file that pages are made of. */
export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
}

/**
 * The files of the pages by their URL path: a closed list, so no path of a request ever reaches the
 * file system. Read on first use and kept.
 */
export class StaticAssets {
  readonly #loaded = new Map<string, Promise<Asset>>();

  has(path: string): boolean {
    return Object.hasOwn(sources, path);
  }

  get(path: string): Promise<Asset> {
    let asset = this.#loaded.get(path);
    if (asset === undefined) {
      asset = load(path);
      this.#loaded.set(path, asset);
    }
    return asset;
  }
}

const sources: Readonly<Record<string, () => Promise<Buffer>>> = {
  // Browsers ask for it where a page names none.
  '/favicon.ico': own('icon.svg'),
  '/assets/icon.svg': own('icon.svg'),
  '/assets/style.css': own('style.css'),
  '/assets/palette.css': () => Promise.resolve(Buffer.from(paletteCss())),
  '/assets/charts.js': own('charts.js'),
  '/assets/dom.js': own('dom.js'),
  '/assets/format.js': own('format.js'),
  '/assets/live.js': own('live.js'),
  '/assets/run.html': own('run.html'),
  '/assets/run.js': own('run.js'),
  '/assets/server.html': own('server.html'),
  '/assets/server.js': own('server.js'),
  '/assets/echarts.js': () => readFile(chartingLibraryUrl),
};

const contentTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/svg+xml',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

function own(name: string): () => Promise<Buffer> {
  return () => readFile(new URL(`../assets/${name}`, import.meta.url));
}

async function load(path: string): Promise<Asset> {
  const body = await sources[path]!();
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return { contentType: contentTypes[extension]!, body, etag };
}

/** The colours of the reports' drawings, so that pages and drawings agree. */
function paletteCss(): string {
  const variables = (palette: Palette): string =>
    Object.entries(palette)
      .map(([name, color]) => `--${name}:${color}`)
      .join(';');
  return `:root{${variables(lightPalette)}}
@media (prefers-color-scheme:dark){:root{${variables(darkPalette)}}}
`;
}
