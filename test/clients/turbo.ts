import { join } from 'node:path';
import { type BuildTool, missingPackage, packagesDir } from './build-tool.ts';
import { runCommand } from './run-command.ts';

/** The team of most tests. */
const byId = { TURBO_TEAMID: 'team_one' };

/** Turborepo 2.11 running one task. */
export const turbo: BuildTool = turborepo('turbo', {});

/** The same, with further settings below `remoteCache` in turbo.json, or with another team. */
export function turborepo(
  name: string,
  remoteCache: Readonly<Record<string, unknown>>,
  team: { readonly TURBO_TEAMID: string } | { readonly TURBO_TEAM: string } = byId,
): BuildTool {
  return {
    name,
    namespace: `turborepo:${'TURBO_TEAM' in team ? team.TURBO_TEAM : team.TURBO_TEAMID}`,
    outputs: ['packages/a/dist/out.bin'],
    withoutServer: 'builds',
    missing: () => missingPackage('turbo'),
    createProject: async (project) => {
      await project.write(
        'package.json',
        JSON.stringify({
          name: 'root',
          private: true,
          packageManager: 'npm@10.8.2',
          workspaces: ['packages/*'],
        }),
      );
      await project.write(
        'turbo.json',
        JSON.stringify({
          globalDependencies: ['input.txt'],
          remoteCache,
          tasks: { build: { outputs: ['dist/**'], inputs: ['package.json'] } },
        }),
      );
      await project.write(
        'package-lock.json',
        JSON.stringify({ name: 'root', lockfileVersion: 3, packages: {} }),
      );
      await project.write(
        'packages/a/package.json',
        JSON.stringify({ name: 'a', version: '1.0.0', scripts: { build: 'sh ../../step.sh' } }),
      );
      await project.write('step.sh', project.stepScript('../../input.txt', 'dist/out.bin'));
      await project.write('packages/a/dist/.keep', '');
    },
    build: async (project, { url, token = 'any' }) =>
      await runCommand(
        join(packagesDir, '.bin/turbo'),
        ['run', 'build', '--cache-dir', await project.freshDir(), '--ui', 'stream'],
        {
          cwd: project.dir,
          env: {
            TURBO_API: url,
            TURBO_TOKEN: token,
            ...team,
            TURBO_REMOTE_CACHE_SIGNATURE_KEY: 'a key for the tests',
            TURBO_TELEMETRY_DISABLED: '1',
            TURBO_NO_UPDATE_NOTIFIER: '1',
          },
        },
      ),
    remoteHits: (output) => Number(/Cached:\s+(\d+) cached/.exec(output)?.[1] ?? 0),
  };
}
