import { join } from 'node:path';
import { type BuildTool, type CacheAddress, missingPackage, packagesDir } from './build-tool.ts';
import { runCommand } from './run-command.ts';

/** moon 2 running one task over a cache that it speaks to in one of its ways. */
export function moon(options: {
  readonly name: string;
  /** The instance name, too. */
  readonly namespace: string;
  readonly api: 'http' | 'grpc';
  /** The cache's address in moon's configuration. */
  readonly host: (cache: CacheAddress) => string | undefined;
  readonly compression?: 'none' | 'zstd';
  readonly serverArgs?: readonly string[];
  /** Makes a second output of so many bytes. */
  readonly largeBytes?: number;
}): BuildTool {
  const { name, namespace, api, host, compression = 'none', serverArgs = [] } = options;
  const large = options.largeBytes ?? 0;
  return {
    name,
    namespace,
    serverArgs,
    outputs: ['packages/a/dist/out.bin', ...(large > 0 ? ['packages/a/dist/large.bin'] : [])],
    withoutServer: 'builds',
    missing: () => missingPackage('@moonrepo/core-linux-x64-gnu'),
    createProject: async (project) => {
      const step = project.stepScript('../../input.txt', 'dist/out.bin');
      const more = large > 0 ? `head -c ${large} /dev/urandom > dist/large.bin\n` : '';
      await project.write('step.sh', step + more);
      await project.write('packages/a/moon.yml', task);
      await project.write('.gitignore', '.moon/\ndist/\n');
      // Without a commit to compare with, moon caches nothing.
      for (const args of [
        ['init', '-q'],
        ['add', '-A'],
        ['commit', '-q', '-m', 'all'],
      ]) {
        const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
        await runCommand('git', [...identity, ...args], { cwd: project.dir });
      }
    },
    build: async (project, cache) => {
      const { token } = cache;
      await project.write(
        '.moon/workspace.yml',
        `projects: ['packages/*']
telemetry: false
remote:
  api: '${api}'
  host: '${host(cache)}'
  cache:
    instanceName: '${namespace}'
    compression: '${compression}'
${token === undefined ? '' : "  auth:\n    token: 'CACHE_TOKEN'\n"}`,
      );
      await project.removeDir('.moon/cache');
      return await runCommand(join(packagesDir, '.bin/moon'), ['run', 'a:build', '--log', 'warn'], {
        cwd: project.dir,
        env: {
          MOON_HOME: await project.freshDir(),
          PROTO_HOME: await project.freshDir(),
          MOON_TOOLCHAIN_FORCE_GLOBALS: 'true',
          ...(token === undefined ? {} : { CACHE_TOKEN: token }),
        },
      });
    },
    remoteHits: (output) => (/cached from remote/.test(output) ? 1 : 0),
  };
}

const task = `tasks:
  build:
    script: 'mkdir -p dist && sh ../../step.sh'
    inputs: ['/input.txt', '/step.sh']
    outputs: ['dist']
`;
