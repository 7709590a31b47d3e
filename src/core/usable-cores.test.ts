import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../testing/temp-dir.ts';
import { usableCores } from './usable-cores.ts';

const oneCore = availableParallelism() < 2 && 'this machine has one core';

/** Files below a root of their own, as the kernel would show them. */
async function root(
  t: Parameters<typeof tempDir>[0],
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const dir = await tempDir(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

test('without groups, or without a limit, all cores count', async (t) => {
  assert.equal(usableCores(await tempDir(t)), availableParallelism());
  const unlimited = await root(t, {
    'proc/self/cgroup': '2:cpu,cpuacct:/\n0::/\n',
    'sys/fs/cgroup/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });
  assert.equal(usableCores(unlimited), availableParallelism());
});

test('a quota of either version counts, in the group or above it', { skip: oneCore }, async (t) => {
  const cases = {
    'version 2, in its own namespace': {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': '50000 100000\n',
    },
    'version 2, set on the pod above': {
      'proc/self/cgroup': '0::/pod/container\n',
      'sys/fs/cgroup/pod/container/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/pod/cpu.max': '100000 100000\n',
    },
    'version 1, whose path is the one of the host': {
      'proc/self/cgroup': '4:cpu,cpuacct:/docker/3f2a\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    },
  };
  for (const [name, files] of Object.entries(cases)) {
    assert.equal(usableCores(await root(t, files)), 1, name);
  }
  const oneAndAHalf = await root(t, {
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/cpu.max': '150000 100000\n',
  });
  assert.equal(usableCores(oneAndAHalf), 2, 'a part of a core is worth a process');
});

const controller = '/sys/fs/cgroup/cpu';
const noGroup =
  oneCore ||
  ((process.getuid?.() !== 0 || !existsSync(join(controller, 'cpu.cfs_quota_us'))) &&
    'control groups of version 1 can be made by root only');

test('a process in a real group with a quota of one core counts one', { skip: noGroup }, (t) => {
  const group = join(controller, `memobuild-test-${process.pid}`);
  mkdirSync(group);
  t.after(() => rmdirSync(group));
  writeFileSync(join(group, 'cpu.cfs_period_us'), '100000');
  writeFileSync(join(group, 'cpu.cfs_quota_us'), '100000');
  const module = fileURLToPath(new URL('./usable-cores.ts', import.meta.url));
  const script = `import(${JSON.stringify(module)}).then((m) => console.log(m.usableCores()))`;
  const inGroup = `echo $$ > ${group}/cgroup.procs && exec "$0" --import tsx -e '${script}'`;
  const printed = execFileSync('sh', ['-c', inGroup, process.execPath], { encoding: 'utf8' });
  assert.equal(printed.trim(), '1');
});
