// Puts into dist/ the parts of other packages that the program needs and whose whole would be large:
// a `*.bundle.ts` becomes one file with all that it imports, and the fonts of drawings are copied.
// Each lies beside the licences of the packages that it was made of.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { buildSync } from 'esbuild';

/** Replaces what the compiler made of each `*.bundle.ts` in src/ by one file without imports. */
export function bundleSources(root) {
  for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
    if (!name.endsWith('.bundle.ts')) continue;
    const output = join(root, 'dist', name.replace(/\.ts$/, '.js'));
    const licences = output.replace(/\.js$/, '.licenses.txt');
    const { metafile } = buildSync({
      absWorkingDir: root,
      entryPoints: [join(root, 'src', name)],
      outfile: output,
      bundle: true,
      minify: true,
      format: 'esm',
      // Node and browsers load the same file.
      platform: 'neutral',
      external: [...builtinModules, 'node:*'],
      mainFields: ['module', 'main'],
      define: { 'process.env.NODE_ENV': '"production"' },
      banner: { js: `/*! The licences of what is in this file: ${basename(licences)} */` },
      allowOverwrite: true,
      metafile: true,
      logLevel: 'warning',
    });
    writeFileSync(licences, licencesOf(root, Object.keys(metafile.inputs)));
  }
}

/** Copies the fonts that drawings are rendered with. */
export function copyFonts(root) {
  const fonts = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'));
  const target = join(root, 'dist/report/plots/fonts');
  for (const file of ['ttf/DejaVuSans.ttf', 'ttf/DejaVuSans-Bold.ttf', 'LICENSE']) {
    cpSync(join(fonts, file), join(target, basename(file)));
  }
}

/** The licences and notices of the packages that the files lie in. */
function licencesOf(root, files) {
  const inPackage = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
  const packages = new Set(files.flatMap((file) => file.match(inPackage) ?? []));
  const texts = [...packages].sort().map((path) => {
    const dir = join(root, path);
    const isLicence = (name) => /(^|[/\\])(licen[cs]e|notice)[^/\\]*$/i.test(name);
    const names = readdirSync(dir, { recursive: true }).filter(
      (name) => isLicence(name) && !/node_modules/.test(name) && statSync(join(dir, name)).isFile(),
    );
    if (names.length === 0) throw new Error(`${path} has no licence that could be kept`);
    const { name, version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const parts = names.map((file) => `${file}\n\n${readFileSync(join(dir, file), 'utf8').trim()}`);
    return [`${name} ${version}`, ...parts].join('\n\n');
  });
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
