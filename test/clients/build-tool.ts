import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Of } from '../../src/core/index.ts';
import type { CommandResult } from './run-command.ts';

/** A real build tool, and how it is made to build a small project over a remote cache. */
export interface BuildTool {
  readonly name: string;
  /** Its namespace in the server's counters. */
  readonly namespace: string;
  /** Why it cannot run on this machine; `undefined` where it can. */
  missing(): string | undefined;
  /** Writes a project whose build runs `step.sh` of {@link Project} once, and makes `outputs`. */
  createProject(project: Project): Promise<void>;
  readonly outputs: readonly string[];
  /** Builds with a local cache that is empty. */
  build(project: Project, cache: CacheAddress): Promise<CommandResult>;
  /** How many steps the tool says it took from the remote cache. */
  remoteHits(output: string): number;
  /**
   * What becomes of a build whose server cannot be reached, where no answer of ours could help.
   * `fails at start`: it needs the server at its start, and survives its loss later.
   */
  readonly withoutServer: 'builds' | 'fails' | 'fails at start';
  /** What the server is started with for this tool's sake. */
  readonly serverArgs?: readonly string[];
}

/** The cache's address in the tool's configuration. */
export interface CacheAddress {
  readonly url: string;
  readonly redisUrl: string | undefined;
  readonly grpcUrl: string | undefined;
  /** `undefined`: the tool presents no credential. */
  readonly token: string | undefined;
}

/** A project on disk, and what the test does to it. */
export class Project {
  readonly dir: string;
  /** For local caches; another one with every build. */
  #freshDirs = 0;
  readonly #control: string;

  readonly #noiseBytes: number;

  /** @param noiseBytes how much noise the build step's output holds, so that it lies in a file of the store. */
  constructor(dir: string, noiseBytes = 300_000) {
    this.#noiseBytes = noiseBytes;
    this.dir = join(dir, 'project');
    this.#control = join(dir, 'control');
  }

  async create(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await mkdir(this.#control, { recursive: true });
  }

  /**
   * The text of a script that runs as the build step. Noise in the output shows whether two outputs
   * are one and the same run's.
   */
  stepScript(input: string, output: string): string {
    return `#!/bin/sh
set -e
${this.#noteAndWait()}
{ cat ${input}; head -c ${this.#noiseBytes} /dev/urandom; } > ${output}
`;
  }

  /** The text of a script that wraps a compiler. */
  wrapperScript(compiler: string): string {
    return `#!/bin/sh
case "$*" in *-E*) ;; *)
${this.#noteAndWait()}
;; esac
exec ${compiler} "$@"
`;
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (path.endsWith('.sh')) await chmod(file, 0o755);
  }

  /** Lets the project find this folder's packages, as if it had installed them. */
  async linkPackages(): Promise<void> {
    await symlink(packagesDir, join(this.dir, 'node_modules'));
  }

  /** An empty directory outside the project. */
  async freshDir(): Promise<string> {
    this.#freshDirs += 1;
    const dir = join(this.#control, `fresh-${this.#freshDirs}`);
    await mkdir(dir, { recursive: true });
    return dir;
  }

  /** How often the build step really ran. */
  async runs(): Promise<number> {
    const file = join(this.#control, 'ran');
    return existsSync(file) ? (await readFile(file, 'utf8')).split('\n').length - 1 : 0;
  }

  /** Makes the step wait until it is released. */
  async hold(): Promise<void> {
    await writeFile(join(this.#control, 'hold'), '');
  }

  async release(): Promise<void> {
    await rm(join(this.#control, 'hold'), { force: true });
  }

  /** The SHA-256 of each output. @throws where one is absent. */
  async readOutputs(outputs: readonly string[]): Promise<string[]> {
    return await Promise.all(
      outputs.map(async (path) => sha256Of(await readFile(join(this.dir, path)))),
    );
  }

  async removeDir(path: string): Promise<void> {
    await rm(join(this.dir, path), { recursive: true, force: true });
  }

  async removeOutputs(outputs: readonly string[]): Promise<void> {
    for (const path of outputs) await rm(join(this.dir, path), { force: true });
  }

  #noteAndWait(): string {
    return `echo ran >> ${this.#control}/ran
while [ -e ${this.#control}/hold ]; do sleep 0.05; done`;
  }
}

/** The packages of this folder's own package.json. */
export const packagesDir: string = join(import.meta.dirname, 'node_modules');

/** Why a tool of this folder's package.json cannot run. */
export function missingPackage(name: string): string | undefined {
  return existsSync(join(packagesDir, name))
    ? undefined
    : `npm package ${name} is not installed: npm ci in test/clients`;
}

/** Why a tool of the system cannot run. */
export function missingProgram(name: string, debianPackage: string): string | undefined {
  const isThere = (process.env.PATH ?? '')
    .split(':')
    .some((dir) => dir !== '' && existsSync(join(dir, name)));
  return isThere ? undefined : `${name} is not installed: apt-get install ${debianPackage}`;
}
