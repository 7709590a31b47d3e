import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { repositoryRoot } from '../../src/testing/program.ts';
import { type InstalledPackage, installedSizes, installPackage } from './installed-package.ts';
import { modulesReached } from './modules-reached.ts';

/** 49 MB on Linux x64, of which the store's index brings 18 and the renderer of pictures 4. */
const installedBytesMax = 52e6;
const commandTimeoutMs = 120_000;

describe('the package, packed and installed into an empty project', () => {
  let installed: InstalledPackage;
  let root: string;
  before(async () => {
    installed = installPackage(await mkdtemp(join(tmpdir(), 'memobuild-package-')));
    root = join(installed.project, 'node_modules/memobuild');
  });
  after(() => rm(installed.project, { recursive: true, force: true, maxRetries: 5 }));

  test('takes little room', () => {
    const sizes = installedSizes(installed.project);
    const total = sizes.reduce((sum, [, sizeBytes]) => sum + sizeBytes, 0);
    const largest = sizes
      .slice(0, 12)
      .map(([name, size]) => `${name} ${(size / 1e6).toFixed(1)} MB`);
    assert.ok(
      sizes.some(([name]) => name === 'lmdb'),
      'what it depends on is counted',
    );
    assert.ok(total < installedBytesMax, `${total} bytes: ${largest.join(', ')}`);
  });

  test('holds no tests, no helpers of tests, no state of the build and no pictures', () => {
    const unwanted = /\.test\.|(^|\/)(testing|golden)\/|^docs\/images\/|\.tsbuildinfo|^src\//;
    assert.deepEqual(
      installed.files.filter((path) => unwanted.test(path)),
      [],
    );
    const wanted = [
      'LICENSE',
      'README.md',
      'docs/serve.md',
      'docs/result.schema.json',
      'deploy/haproxy/haproxy.cfg',
      'deploy/systemd/memobuild.service',
    ];
    assert.deepEqual(
      wanted.filter((path) => !installed.files.includes(path)),
      [],
    );
  });

  test('holds no module that its entries do not lead to', () => {
    const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      bin: Record<string, string>;
      exports: Record<string, string | { default: string }>;
    };
    const targets = Object.values(exports).map((to) => (typeof to === 'string' ? to : to.default));
    const entries = [...Object.values(bin), ...targets.filter((path) => path.endsWith('.js'))];
    const reached = modulesReached(
      root,
      entries.map((path) => path.replace('./', '')),
    );
    // Browsers load these.
    const modules = installed.files.filter((path) => /^dist\/(?!web\/assets\/).*\.js$/.test(path));
    // A source that declares types alone, and names of what they hold, leaves nothing that runs.
    const code = /\b(import|function|class)\b|=>/;
    const hasCode = (path: string) => code.test(readFileSync(join(root, path), 'utf8'));
    assert.ok(reached.size > 100, `${reached.size}`);
    assert.deepEqual(
      modules.filter((path) => !reached.has(path) && hasCode(path)),
      [],
    );
  });

  test('keeps the licences of what was put into it', () => {
    const plots = join(root, 'dist/report/plots');
    const licences = readFileSync(join(plots, 'echarts.bundle.licenses.txt'), 'utf8');
    for (const text of [
      /^echarts \d/m,
      /^zrender \d/m,
      /^Apache ECharts\nCopyright/m,
      /Mike Bostock/,
    ]) {
      assert.match(licences, text);
    }
    assert.match(
      readFileSync(join(plots, 'echarts.bundle.js'), 'utf8'),
      /^\/\*! .*licenses\.txt \*\//,
    );
    assert.match(readFileSync(join(plots, 'fonts/LICENSE'), 'utf8'), /Bitstream Vera/);
  });

  test('runs a load test and draws its pictures', () => {
    const { project } = installed;
    const program = join(project, 'node_modules/.bin/memobuild');
    const load = ['loadtest', '--clients', '4', '--duration', '2', '--output', 'run.json'];
    run(project, program, load, [0, 1, 4]);
    run(project, program, ['plot', 'run.json', '--output', 'plots'], [0]);
    const pictures = readdirSync(join(project, 'plots'));
    assert.ok(
      pictures.some((name) => name.endsWith('.html')),
      pictures.join(),
    );
    const png = pictures.find((name) => name.endsWith('.png'));
    assert.equal(readFileSync(join(project, 'plots', png!)).toString('latin1', 1, 4), 'PNG');
  });

  test('its root leads neither to the load test nor to what shows results', () => {
    const reached = [...modulesReached(root, ['dist/index.js'])];
    assert.ok(reached.includes('dist/library/serve.js'), 'modules that are loaded on use count');
    assert.ok(reached.includes('dist/library/own-process-main.js'), 'and entries of processes');
    assert.deepEqual(
      reached.filter((path) => /^dist\/(loadtest|report|web|cli)\//.test(path)),
      [],
    );
  });

  const files = readdirSync(join(repositoryRoot, 'examples'));
  for (const example of files.filter((name) => name.endsWith('.ts'))) {
    test(`examples/${example} compiles and runs`, () => {
      const { project } = installed;
      for (const file of files) copyFileSync(join(root, 'examples', file), join(project, file));
      const config = {
        compilerOptions: {
          target: 'ES2023',
          module: 'NodeNext',
          strict: true,
          noEmit: true,
          typeRoots: [join(repositoryRoot, 'node_modules/@types')],
          types: ['node'],
        },
        files: [example],
      };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
      const { resolve } = createRequire(import.meta.url);
      run(project, process.execPath, [resolve('typescript/bin/tsc'), '-p', '.'], [0]);
      const output = run(
        project,
        process.execPath,
        ['--import', import.meta.resolve('tsx'), example],
        [0],
      );
      assert.match(output, expectedOutput[example] ?? /no expectation/);
    });
  }
});

/** What each example prints. */
const expectedOutput: Readonly<Record<string, RegExp>> = {
  'load-test.ts':
    /^base\.json: a run, [A-Z]+\nnew\.json: a run, [A-Z]+\n1 run with 1: (no )?(regression|comparable|inconclusive|not comparable)/,
  'start-cache.ts': /^in this process: hello\nin its own process: hello\n$/,
  'threaded-scenario.ts':
    /^toolchain-restore: 2000 operations\n.*threads {5}2\n.*hit rate {4}9\d\.\d %\n.*wrong bytes 0\n/s,
  'custom-scenario.ts': /^(PASS|INVESTIGATE) {2}2000 operations\n.*hit rate {4}9\d\.\d %/s,
};

function run(
  cwd: string,
  command: string,
  args: readonly string[],
  taken: readonly number[],
): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: commandTimeoutMs,
  });
  assert.ok(
    taken.includes(status ?? -1),
    `${command} ${args.join(' ')}\n${status}\n${stdout}${stderr}`,
  );
  return stdout;
}
