import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Mutation } from './mutations.ts';

/** A copy of the work tree, built, in which things can be broken while others use the original. */
export class BrokenCopy {
  readonly #dir: string;

  constructor(root: string, dir: string) {
    this.#dir = dir;
    const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
    for (const file of files.split('\0')) {
      // A file may be deleted and that not yet be committed.
      if (file === '' || !existsSync(join(root, file))) continue;
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      cpSync(join(root, file), join(dir, file));
    }
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: dir, stdio: 'ignore' });
  }

  /** Runs test files. @returns the names of the tests that failed, and how many passed. */
  test(files: readonly string[]): { readonly failed: readonly string[]; readonly passed: number } {
    const args = ['--import', 'tsx', '--test', '--test-reporter=tap', ...files];
    const { stdout } = spawnSync(process.execPath, args, {
      cwd: this.#dir,
      encoding: 'utf8',
      timeout: testTimeoutMs,
      maxBuffer: 2 ** 26,
    });
    const results = [...(stdout ?? '').matchAll(/^\s*(not ok|ok) \d+ - (.*)$/gm)];
    const failed = results.filter(([, word]) => word === 'not ok').map(([, , name]) => name!);
    return { failed, passed: results.length - failed.length };
  }

  /** Breaks one thing, in the sources and in what was built of them; answers how to mend it. */
  break(mutation: Mutation): () => void {
    const source = join(this.#dir, mutation.file);
    const built = join(this.#dir, mutation.file.replace(/^src/, 'dist').replace(/\.ts$/, '.js'));
    const [goodSource, goodBuilt] = [source, built].map((path) => readFileSync(path, 'utf8'));
    const bad = applyMutation(this.#dir, mutation);
    writeFileSync(source, bad);
    writeFileSync(built, transpiled(bad));
    return () => {
      writeFileSync(source, goodSource!);
      writeFileSync(built, goodBuilt!);
    };
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/**
 * The text of a mutation's file with the one thing broken.
 * @throws where its place is gone or no longer the only one of its kind.
 */
export function applyMutation(root: string, { file, find, replace }: Mutation): string {
  const pieces = readFileSync(join(root, file), 'utf8').split(find);
  if (pieces.length !== 2) throw new Error(`${file} has '${find}' ${pieces.length - 1} times`);
  return pieces.join(replace);
}

const testTimeoutMs = 400_000;

function transpiled(source: string): string {
  return ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;
}
