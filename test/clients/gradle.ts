import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildTool, missingProgram } from './build-tool.ts';
import { runCommand } from './run-command.ts';

/** Debian's Gradle 4.4.1 running one cacheable task. */
export const gradle: BuildTool = {
  name: 'gradle',
  namespace: 'gradle:team',
  outputs: ['build/out.bin'],
  withoutServer: 'builds',
  missing: () => missingProgram('gradle', 'gradle'),
  createProject: async (project) => {
    await project.write('step.sh', project.stepScript('input.txt', 'build/out.bin'));
    await project.write('build.gradle', buildScript);
  },
  build: async (project, { url, token }) => {
    // Credentials are basic here; what matters in these tests is whether the server knows them.
    const credentials =
      token === undefined ? '' : `credentials { username = 'ci'; password = '${token}' }`;
    await project.write(
      'settings.gradle',
      `buildCache {
    local { enabled = false }
    remote(HttpBuildCache) { url = '${url}/gradle/team/'; push = true; ${credentials} }
}
`,
    );
    const args = ['--no-daemon', '--build-cache', '--console=plain', '--project-cache-dir'];
    return await runCommand('gradle', [...args, await project.freshDir(), 'make'], {
      cwd: project.dir,
      env: { GRADLE_USER_HOME: join(tmpdir(), 'memobuild-test-gradle') },
    });
  },
  remoteHits: (output) => Number(/(\d+) from cache/.exec(output)?.[1] ?? 0),
};

const buildScript = `task make(type: Exec) {
    commandLine 'sh', 'step.sh'
    inputs.file('input.txt').withPathSensitivity(PathSensitivity.RELATIVE)
    outputs.file('build/out.bin')
    outputs.cacheIf { true }
}
`;
