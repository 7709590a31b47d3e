// Builds dist/ (the tests start the real program), then runs the test files given, or all of them,
// under node:test. With --built, dist/ is there already. Node 20 takes no globs, so the files are found here.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from './run-tests.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const isBuilt = args.includes('--built');
const flags = args.filter((arg) => arg.startsWith('-') && arg !== '--built');
let files = args.filter((arg) => !arg.startsWith('-'));
if (files.length === 0) {
  files = ['src', 'test'].flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      // Real build tools: `npm run test:clients`.
      .filter((name) => dir !== 'test' || !/^clients[/\\]/.test(name))
      .map((name) => join(dir, name)),
  );
}
if (!isBuilt) {
  const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], {
    stdio: 'inherit',
  });
  if (build.status !== 0) process.exit(1);
}
process.exit(
  await runTests(
    [
      '--import',
      'tsx',
      '--test',
      '--test-concurrency=2',
      // A whole file counts as one test here, and some files drive a dozen load tests on a loaded machine.
      '--test-timeout=600000',
      ...flags,
      ...files.sort(),
    ],
    root,
  ),
);
