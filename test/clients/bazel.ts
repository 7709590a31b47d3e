import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildTool, type CacheAddress, missingProgram } from './build-tool.ts';
import { runCommand } from './run-command.ts';

/** Debian's Bazel 4.2.3 building a genrule, with its cache settings. */
export function bazel(options: {
  readonly name: string;
  readonly namespace: string;
  readonly flags: (cache: CacheAddress) => readonly string[];
  /** Default: the genrule's output. None where outputs are not downloaded. */
  readonly outputs?: readonly string[];
  readonly serverArgs?: readonly string[];
  /** Default: it builds. */
  readonly withoutServer?: BuildTool['withoutServer'];
}): BuildTool {
  const { name, namespace, flags, outputs = ['bazel-bin/out.bin'], serverArgs = [] } = options;
  return {
    name,
    namespace,
    outputs,
    serverArgs,
    withoutServer: options.withoutServer ?? 'builds',
    missing: () => missingProgram('bazel', 'bazel-bootstrap'),
    createProject: async (project) => {
      await project.write('WORKSPACE', '');
      await project.write('BUILD', genrule);
      await project.write('step.sh', project.stepScript('"$1"', '"$2"'));
    },
    build: async (project, cache) => {
      // The user root holds what Bazel unpacks of itself; the output base all that it built.
      const startup = [
        '--batch',
        `--output_user_root=${join(tmpdir(), 'memobuild-test-bazel')}`,
        `--output_base=${await project.freshDir()}`,
      ];
      const args = [...startup, 'build', '--spawn_strategy=local', '--color=no', '--curses=no'];
      const result = await runCommand('bazel', [...args, ...flags(cache), '//:out'], {
        cwd: project.dir,
      });
      return result;
    },
    remoteHits: (output) => Number(/(\d+) remote cache hit/.exec(output)?.[1] ?? 0),
  };
}

const genrule = `genrule(
    name = "out",
    srcs = ["input.txt", "step.sh"],
    outs = ["out.bin"],
    cmd = "sh $(location step.sh) $(location input.txt) $@",
)
`;

/** Bazel's flags for a bearer token. */
export function tokenFlags(token: string | undefined): readonly string[] {
  return token === undefined ? [] : [`--remote_header=Authorization=Bearer ${token}`];
}
