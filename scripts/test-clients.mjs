// Drives real build tools over real servers: installs those that come from npm, then runs the tests
// of test/clients, or those named: `npm run test:clients turbo nx`. Tools that are not installed are
// skipped, each with what would install it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const clients = join(root, 'test/clients');
if (!existsSync(join(clients, 'node_modules'))) {
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: clients,
    stdio: 'inherit',
  });
  if (npm.status !== 0) {
    console.error('test:clients: npm ci failed; tools from npm are skipped');
    // Tests that are never run would pass there forever.
    if (process.env.CI) process.exit(1);
  }
}
const flags = process.argv.slice(2).filter((arg) => arg.startsWith('-'));
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const files = readdirSync(clients)
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => wanted.length === 0 || wanted.includes(name.slice(0, -'.test.ts'.length)))
  .map((name) => join('test/clients', name));
if (files.length === 0) {
  console.error(`test:clients: no test is called ${wanted.join(' or ')}`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'scripts/test.mjs'), '--test-timeout=900000', ...flags, ...files],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
