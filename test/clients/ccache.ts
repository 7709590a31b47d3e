import { randomBytes } from 'node:crypto';
import { type BuildTool, type CacheAddress, missingProgram, type Project } from './build-tool.ts';
import { type CommandResult, runCommand } from './run-command.ts';

/** ccache as it speaks to its remote storage in one of its ways. */
function ccache(
  way: string,
  namespace: string,
  storage: (cache: CacheAddress) => string,
): BuildTool {
  return {
    name: `ccache (${way})`,
    namespace,
    outputs: ['input.o'],
    withoutServer: 'builds',
    missing: () => missingProgram('ccache', 'ccache') ?? missingProgram('gcc', 'gcc'),
    createProject: async (project) => {
      await project.write('compiler.sh', project.wrapperScript('gcc'));
      // Noise that does not compress, so that the object file lies in a file of the store.
      const noise = [...randomBytes(200_000)].join(',');
      await project.write('noise.h', `static const unsigned char noise[] = {${noise}};\n`);
      await project.write(
        'main.c',
        '#include "noise.h"\n#include "input.txt"\nconst void *used = noise;\n',
      );
    },
    build: (project, cache) => compile(project, storage(cache)),
    remoteHits: (output) => Number(/^remote_storage_hit\t(\d+)$/m.exec(output)?.[1] ?? 0),
  };
}

/** Compiles, and appends ccache's own statistics of this one compilation. */
async function compile(project: Project, storage: string): Promise<CommandResult> {
  const env = { CCACHE_DIR: await project.freshDir(), CCACHE_REMOTE_STORAGE: storage };
  const options = { cwd: project.dir, env };
  const args = [`${project.dir}/compiler.sh`, '-c', 'main.c', '-o', 'input.o'];
  const compiled = await runCommand('ccache', args, options);
  const statistics = await runCommand('ccache', ['--print-stats'], options);
  return { ...compiled, output: compiled.output + statistics.output };
}

/** ccache 4.7.5 in each way it has of reaching a remote storage of ours. */
export const ccacheWays: readonly BuildTool[] = [
  ...['subdirs', 'flat', 'bazel'].map((layout) =>
    ccache(`http, ${layout}`, 'ccache:', ({ url, token }) =>
      [
        `${url}/ccache`,
        `layout=${layout}`,
        ...(token === undefined ? [] : [`bearer-token=${token}`]),
      ].join('|'),
    ),
  ),
  ccache('redis', 'redis:', ({ redisUrl = '', token }) =>
    token === undefined ? redisUrl : redisUrl.replace('//', `//${token}@`),
  ),
];
