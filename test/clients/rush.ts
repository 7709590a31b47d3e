import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildTool, missingPackage, packagesDir } from './build-tool.ts';
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts';

/** Rush running one operation, configured as docs/clients/rush.md says. */
export function rush(options: {
  readonly name: string;
  /** `allowWarningsInSuccessfulBuild`: without it a build that could not store has failed. */
  readonly allowsWarnings: boolean;
  /** What CI's main branch does, and nobody else. Default true. */
  readonly writes?: boolean;
}): BuildTool {
  const { name, allowsWarnings, writes = true } = options;
  return {
    name,
    namespace: 'rush:',
    outputs: ['packages/a/dist/out.bin'],
    withoutServer: 'builds',
    missing: () => missingPackage('@microsoft/rush'),
    createProject: async (project) => {
      const files: Readonly<Record<string, unknown>> = {
        'rush.json': rushJson(),
        'packages/a/package.json': {
          name: 'a',
          version: '1.0.0',
          scripts: { build: 'mkdir -p dist && sh ../../step.sh' },
        },
        'packages/a/config/rush-project.json': {
          operationSettings: [
            {
              operationName: 'build',
              outputFolderNames: ['dist'],
              dependsOnAdditionalFiles: ['../../input.txt'],
            },
          ],
        },
        'common/config/rush/build-cache.json': cacheJson('http://127.0.0.1:1/rush/', writes),
        ...(allowsWarnings ? { 'common/config/rush/command-line.json': allowingWarnings } : {}),
      };
      for (const [path, value] of Object.entries(files)) {
        await project.write(path, JSON.stringify(value, undefined, 2));
      }
      await project.write('step.sh', project.stepScript('../../input.txt', 'dist/out.bin'));
      await project.write('.gitignore', 'node_modules/\ncommon/temp/\n.rush/\ndist/\n*.log\n');
      const { dir } = project;
      // Rush reads what changed from Git.
      for (const args of [
        ['init', '-q'],
        ['add', '-A'],
        ['commit', '-q', '-m', 'all'],
      ]) {
        const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
        await runCommand('git', [...identity, ...args], { cwd: dir });
      }
      const installed = await runRush(['update'], { cwd: dir });
      if (installed.exitCode !== 0) throw new Error(`rush update failed\n${installed.output}`);
    },
    build: async (project, { url, token = 'any' }) => {
      const config = cacheJson(`${url}/rush/`, writes);
      await project.write('common/config/rush/build-cache.json', JSON.stringify(config));
      for (const left of ['common/temp/build-cache', 'packages/a/.rush/temp/operation']) {
        await project.removeDir(left);
      }
      return await runRush(['build'], {
        cwd: project.dir,
        env: {
          RUSH_BUILD_CACHE_CREDENTIAL: `Bearer ${token}`,
          ...(writes ? {} : { RUSH_BUILD_CACHE_WRITE_ALLOWED: '0' }),
        },
      });
    },
    remoteHits: (output) => Number(/FROM CACHE: (\d+) operation/.exec(output)?.[1] ?? 0),
  };
}

/** Rush keeps the package manager that it installed there. */
const globalFolder = join(tmpdir(), 'memobuild-test-rush');

async function runRush(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const env = { RUSH_GLOBAL_FOLDER: globalFolder, ...options.env };
  return await runCommand(join(packagesDir, '.bin/rush'), args, { ...options, env });
}

function rushJson(): unknown {
  const manifest = readFileSync(join(packagesDir, '@microsoft/rush/package.json'), 'utf8');
  return {
    // Another version would be installed and run in its place.
    rushVersion: (JSON.parse(manifest) as { version: string }).version,
    pnpmVersion: '9.15.9',
    nodeSupportedVersionRange: '>=20',
    suppressNodeLtsWarning: true,
    projectFolderMinDepth: 2,
    projectFolderMaxDepth: 2,
    projects: [{ packageName: 'a', projectFolder: 'packages/a' }],
  };
}

function cacheJson(url: string, isCacheWriteAllowed: boolean): unknown {
  return {
    buildCacheEnabled: true,
    cacheProvider: 'http',
    httpConfiguration: { url, uploadMethod: 'PUT', isCacheWriteAllowed, cacheKeyPrefix: 'team-' },
  };
}

const allowingWarnings = {
  commands: [
    {
      commandKind: 'bulk',
      name: 'build',
      summary: 'Builds what changed.',
      description: 'Builds what changed.',
      safeForSimultaneousRushProcesses: false,
      enableParallelism: true,
      incremental: true,
      allowWarningsInSuccessfulBuild: true,
    },
  ],
};
