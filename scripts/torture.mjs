// Runs a test of what must survive hard use, for as long as a proof takes: `node scripts/torture.mjs
// open` or `workers`. `npm test` runs the same tests, shortened.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tortures = {
  open: {
    file: 'src/storage/drivers/embedded/commit-gate.test.ts',
    env: { MEMOBUILD_TORTURE_OPENINGS: '3000' },
  },
  workers: {
    file: 'test/e2e/serve-churn.test.ts',
    env: { MEMOBUILD_TORTURE_SECONDS: '40' },
  },
};
const torture = tortures[process.argv[2]];
if (torture === undefined) {
  console.error(`usage: node scripts/torture.mjs ${Object.keys(tortures).join('|')}`);
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'scripts/test.mjs'), torture.file, '--test-timeout=1800000'],
  { stdio: 'inherit', env: { ...torture.env, ...process.env } },
);
process.exit(status ?? 1);
