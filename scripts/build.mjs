// Compiles src/ to dist/ and adds what is not TypeScript. Run by `npm run build`, by npm's prepare
// step, and by bin/memobuild.js on a checkout where npm's scripts were blocked.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// An installed package holds dist/ and no tsconfig: there is nothing to build.
if (!existsSync(join(root, 'tsconfig.build.json'))) process.exit(0);

let tsc;
try {
  tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
} catch {
  console.error('memobuild: TypeScript is not installed here. Run `npm ci` first.');
  process.exit(2);
}
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  // The compiler's messages go to stderr: `memobuild --json` on a fresh checkout keeps its stdout clean.
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(status ?? 1);

// Loaded here, because they need what the check above has found to be installed.
const { removeStaleOutputs } = await import('./stale-outputs.mjs');
const { bundleSources, copyFonts } = await import('./third-party.mjs');
removeStaleOutputs(root);
cpSync(join(root, 'src/web/assets'), join(root, 'dist/web/assets'), { recursive: true });
bundleSources(root);
copyFonts(root);
