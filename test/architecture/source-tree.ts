import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix, sep } from 'node:path';
import { type FunctionOfFile, readFunctions } from './read-functions.ts';
import { type ImportOfFile, readImports } from './read-imports.ts';

/** A tree of sources as the rules see it: paths are relative to the repository and use `/`. */
export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Those that users may install for one driver of the store among them. */
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ResolvedImport[];
  readonly functions: readonly FunctionOfFile[];
}

export interface ResolvedImport extends ImportOfFile {
  readonly target:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'package'; readonly name: string }
    | { readonly kind: 'builtin' };
}

interface PackageJson {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

/** Reads `src/` and package.json below `root`. */
export function readSourceTree(root: string): SourceTree {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const texts: Record<string, string> = {};
  for (const name of names) {
    if (!/\.(ts|mjs)$/.test(name)) continue;
    texts[`src/${name.split(sep).join('/')}`] = readFileSync(join(root, 'src', name), 'utf8');
  }
  const packageJson: PackageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return sourceTreeOf(texts, packageJson);
}

/** Makes a tree of texts held in memory: the rules' own tests use it. */
export function sourceTreeOf(
  texts: Readonly<Record<string, string>>,
  packageJson: PackageJson = {},
): SourceTree {
  const files = new Map<string, SourceFile>();
  for (const [path, text] of Object.entries(texts)) {
    const imports = readImports(path, text).map((found) => ({
      ...found,
      target: resolve(path, found.specifier),
    }));
    files.set(path, {
      path,
      lines: text.trimEnd().split('\n').length,
      imports,
      functions: readFunctions(path, text),
    });
  }
  return {
    files,
    dependencies: new Set(
      Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies }),
    ),
    devDependencies: new Set(Object.keys(packageJson.devDependencies ?? {})),
  };
}

function resolve(from: string, specifier: string): ResolvedImport['target'] {
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(from), specifier) };
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return { kind: 'builtin' };
  }
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
  return { kind: 'package', name };
}
