import { join } from 'node:path';
import { type BuildTool, missingPackage } from './build-tool.ts';
import { runCommand } from './run-command.ts';

/** Nx 24 running one task. */
export const nx: BuildTool = {
  name: 'nx',
  namespace: 'nx:',
  outputs: ['packages/a/dist/out.bin'],
  // Nx 24 fails on a connection refused, whatever it had built.
  withoutServer: 'fails',
  missing: () => missingPackage('nx'),
  createProject: async (project) => {
    await project.write(
      'nx.json',
      JSON.stringify({
        analytics: false,
        targetDefaults: {
          build: {
            cache: true,
            outputs: ['{projectRoot}/dist'],
            inputs: ['{workspaceRoot}/input.txt'],
          },
        },
      }),
    );
    await project.write(
      'package.json',
      JSON.stringify({ name: 'root', private: true, workspaces: ['packages/*'] }),
    );
    await project.write(
      'packages/a/package.json',
      JSON.stringify({
        name: 'a',
        scripts: { build: 'mkdir -p dist && sh ../../step.sh' },
      }),
    );
    await project.write('step.sh', project.stepScript('../../input.txt', 'dist/out.bin'));
    await project.linkPackages();
  },
  build: async (project, { url, token }) =>
    await runCommand(join(project.dir, 'node_modules/.bin/nx'), ['run', 'a:build'], {
      cwd: project.dir,
      env: {
        NX_SELF_HOSTED_REMOTE_CACHE_SERVER: url,
        ...(token === undefined ? {} : { NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: token }),
        NX_DAEMON: 'false',
        NX_NO_CLOUD: 'true',
        NX_CACHE_DIRECTORY: await project.freshDir(),
        NX_WORKSPACE_DATA_DIRECTORY: await project.freshDir(),
      },
    }),
  remoteHits: (output) => (/\[remote cache\]/.test(output) ? 1 : 0),
};
