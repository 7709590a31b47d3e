#!/usr/bin/env node
// The committed entry. The program itself is dist/cli/main.js, which `npm ci` builds; where npm's
// scripts were blocked, it is built here, once.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('memobuild: first start of this checkout, building dist/ …\n');
  const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write('memobuild: the build failed. Try: npm ci && npm run build\n');
    process.exit(3);
  }
}
await import(main.href);
