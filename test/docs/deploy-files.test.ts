import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { allSettings } from '../../src/config/index.ts';
import { programPath } from '../../src/testing/program.ts';
import { needsHaproxy, needsNginx } from '../../src/testing/start-balancer.ts';
import { startInProcess } from '../../src/testing/start-in-process.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import {
  assertTimeToDrain,
  configOf,
  deployRoot,
  deployText,
  deployTree,
  filesOfDeploy,
} from './deploy-files.ts';

/** The files of `deploy/` are held to the program, and to the tools that read them. */
describe('the files of deploy/', () => {
  test('name settings that exist', async () => {
    const known = allSettings.map(({ env }) => env);
    // HAProxy's own, in its configuration.
    const isBalancers = (name: string): boolean => /^MEMOBUILD_(?:BIND|NODE\d)_/.test(name);
    const paths = await filesOfDeploy();
    const named = paths.flatMap((path) =>
      [...deployText(path).matchAll(/\bMEMOBUILD_[A-Z0-9_]+/g)].map(([name]) => ({ path, name })),
    );
    assert.ok(named.length > 10);
    for (const { path, name } of named) {
      assert.ok(isBalancers(name) || known.includes(name), `${path}: ${name}`);
    }
  });

  test('name metrics that the server exports', async (t) => {
    const { url } = await startInProcess(t);
    const exported = await (await fetch(`${url}/metrics`)).text();
    for (const path of [
      'compose/grafana/dashboards/memobuild.json',
      'kubernetes/autoscaler.yaml',
      'kubernetes/prometheus-adapter.yaml',
    ]) {
      const names = [...deployText(path).matchAll(/memobuild_[a-z_]+/g)].map(([name]) => name);
      assert.ok(names.length > 0, path);
      for (const name of names) {
        const family = name.replace(/_bucket$/, '');
        assert.match(exported, new RegExp(`^# TYPE ${family} `, 'm'), `${path}: ${name}`);
      }
    }
  });

  test('can be read where they are YAML or JSON, and mount what there is', async () => {
    const paths = await filesOfDeploy();
    for (const path of paths.filter((name) => name.endsWith('.yaml'))) {
      const errors = parseAllDocuments(deployText(path)).flatMap((document) => document.errors);
      assert.deepEqual(errors, [], path);
    }
    for (const path of paths.filter((name) => name.endsWith('.json'))) JSON.parse(deployText(path));
    for (const service of deployTree('compose/compose.yaml').at('services').values) {
      const volumes = service.has('volumes') ? service.at('volumes').texts : [];
      for (const [from = ''] of volumes.map((volume) => volume.split(':'))) {
        if (from.startsWith('.')) assert.ok(statSync(join(deployRoot, 'compose', from)));
      }
    }
  });
});

test('HAProxy takes its configuration', needsHaproxy, () => {
  const config = join(deployRoot, 'haproxy', 'haproxy.cfg');
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', config], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('nginx takes its configuration', needsNginx, async (t) => {
  const config = join(await tempDir(t), 'nginx.conf');
  writeFileSync(config, deployText('nginx/nginx.conf').replace('/run/nginx.pid', `${config}.pid`));
  const args = ['-t', '-e', 'stderr', '-c', config];
  const { stderr } = spawnSync('nginx', args, { encoding: 'utf8' });
  // It says this before it tries what only root may do.
  assert.match(stderr, /syntax is ok/);
});

describe('the systemd unit', () => {
  const isAbsent = spawnSync('systemd-analyze', ['--version']).status !== 0;
  const needsSystemd = { skip: isAbsent && 'there is no systemd-analyze here' };

  test('is taken, and leaves the server few rights', needsSystemd, async (t) => {
    const unit = join(await tempDir(t), 'memobuild.service');
    const text = deployText('systemd/memobuild.service');
    assert.ok(text.includes('=/usr/local/bin/memobuild serve '));
    writeFileSync(unit, text.replace('/usr/local/bin/memobuild', programPath));
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    assert.deepEqual([verified.status, verified.stderr], [0, '']);
    // In tenths: up to 2.0 of 10 is what systemd calls OK.
    const judge = ['security', '--offline=true', '--threshold=20', unit];
    const judged = spawnSync('systemd-analyze', judge, { encoding: 'utf8' });
    assert.equal(judged.status, 0, judged.stdout + judged.stderr);
  });

  test('waits for the drain', async () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)s$/m.exec(deployText('systemd/memobuild.service'))!;
    assertTimeToDrain(await configOf({}), Number(seconds));
  });
});
