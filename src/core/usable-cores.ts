import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { minOf } from './extremes.ts';

/**
 * How many cores this process can keep busy: those it may run on, and no more than its control groups
 * let it use. A container of 2 CPUs on a machine of 64 cores sees all 64, and would otherwise start as
 * many processes and be throttled. Node counts the quota itself from version 22 on, for groups of
 * version 2.
 *
 * Sources: "CPU" in https://docs.kernel.org/admin-guide/cgroup-v2.html and
 * https://docs.kernel.org/scheduler/sched-bwc.html.
 */
export function usableCores(root = '/'): number {
  const cores = availableParallelism();
  const quotas = cpuQuotas(root);
  return Math.max(1, Math.ceil(Math.min(cores, minOf(quotas))));
}

/** The quotas of this process's groups and of those above them, in cores; none where there is no limit. */
function cpuQuotas(root: string): number[] {
  const quotas: number[] = [];
  for (const line of readText(join(root, 'proc/self/cgroup')).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isVersion2 = controllers === '';
    if (!isVersion2 && !controllers.split(',').includes('cpu')) continue;
    for (const mount of isVersion2 ? ['', 'unified'] : ['cpu', controllers]) {
      for (const group of groupsUpTo(path)) {
        const dir = join(root, 'sys/fs/cgroup', mount, group);
        quotas.push(...(isVersion2 ? quotaOfVersion2(dir) : quotaOfVersion1(dir)));
      }
    }
  }
  return quotas;
}

/**
 * A group's path and those above it. In a container the path may be the one that the host sees, which
 * is not there; the container's own group is then at the root of what is mounted.
 */
function groupsUpTo(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [...parts.keys(), parts.length].map((count) => parts.slice(0, count).join('/'));
}

function quotaOfVersion2(dir: string): number[] {
  const [quota, period] = readText(join(dir, 'cpu.max')).trim().split(' ').map(Number);
  return coresOf(quota, period);
}

function quotaOfVersion1(dir: string): number[] {
  return coresOf(
    Number(readText(join(dir, 'cpu.cfs_quota_us'))),
    Number(readText(join(dir, 'cpu.cfs_period_us'))),
  );
}

/** `max` of version 2 and -1 of version 1 mean no limit, as is a file that is not there. */
function coresOf(quotaUs = Number.NaN, periodUs = Number.NaN): number[] {
  return quotaUs > 0 && periodUs > 0 ? [quotaUs / periodUs] : [];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
