import { execFile } from 'node:child_process';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { memobuildVersion } from '../../core/index.ts';
import type { EnvironmentResult } from './model/environment.ts';

/** Describes the machine and the versions. Nothing that names the machine or its user. */
export async function readEnvironment(): Promise<EnvironmentResult> {
  return {
    memobuild_version: memobuildVersion,
    node_version: process.versions.node,
    platform: platform(),
    arch: arch(),
    os_release: release(),
    cpu_model: cpus()[0]?.model.trim() ?? null,
    cpu_count: availableParallelism(),
    memory_bytes: totalmem(),
    commit: await currentCommit(),
    ci: process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false',
  };
}

/** The commit that CI names, else that of the checkout around the working directory. */
async function currentCommit(): Promise<string | null> {
  const named = process.env.GITHUB_SHA ?? process.env.CI_COMMIT_SHA;
  if (named !== undefined && commitForm.test(named)) return named;
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { timeout: 2_000 });
    return commitForm.test(stdout.trim()) ? stdout.trim() : null;
  } catch {
    return null;
  }
}

const commitForm = /^[0-9a-f]{40,64}$/;
