import { posix } from 'node:path';
import type { SourceFile, SourceTree } from './source-tree.ts';

/**
 * The rules of the house that can be read off the sources. Each answers with one sentence for each
 * breach, and with none where the tree keeps it.
 */
export const rules = {
  'imports run along the arrows': importsAlongArrows,
  'a folder is entered through its door': foldersEnteredThroughDoor,
  'relative imports name a file that exists, with .ts': importsResolve,
  'no cycle between files': noCycles,
  'no two folders import each other': foldersOneWay,
  'a room with an index.ts is entered through it': roomsEnteredThroughIndex,
  'the load test reaches no server, cache or store': loadTestStandsAlone,
  'every package imported is declared': packagesDeclared,
  'every dependency is used': dependenciesUsed,
  'no file is over 400 lines': filesShort,
  'no function is over 70 lines': functionsShort,
  'names are kebab-case': namesKebabCase,
  'a test is next to the code that it tests': testsBesideSources,
} satisfies Record<string, (tree: SourceTree) => string[]>;

/**
 * Which folders of `src/` each may use. `testing` is for tests only, so no folder lists it;
 * `config` is for the command line and for the one file of the server that puts it together.
 */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  core: [],
  storage: ['core'],
  cache: ['core', 'storage'],
  protocols: ['core', 'storage', 'cache'],
  config: ['core', 'storage', 'cache', 'protocols'],
  server: ['core', 'storage', 'cache', 'protocols'],
  loadtest: ['core', 'protocols'],
  library: ['core', 'config', 'server'],
  report: ['core', 'loadtest'],
  web: ['core', 'loadtest', 'report'],
  cli: ['core', 'storage', 'cache', 'protocols', 'config', 'server', 'loadtest', 'report', 'web'],
  testing: ['core', 'storage', 'cache', 'protocols', 'config', 'server', 'loadtest', 'report'],
};

/** A folder that is published as a library shows users its index.ts, and the house this. */
const houseDoor = 'internal.ts';
/** src/index.ts is what users of the package's root load: never the load test. */
const faceMayUse: readonly string[] = ['core', 'library'];
const readsConfig = /^src\/server\/compose[^/]*\.ts$/;
/** Doors of their own, so that a client brings nothing of the server with it. */
const protocolClient =
  /^src\/protocols\/(?:load-protocols|[^/]+\/load-client|shared\/(?:body-check|held-payload)|api-v1\/client)\.ts$/;
/** What a protocol says of itself: another door, so that a list of protocols loads none that nobody asks for. */
const protocolDescriptor = /^src\/protocols\/[^/]+\/(?:load-)?descriptor\.ts$/;
const lineMax = 400;
const functionLineMax = 70;
/** What runs the sources in a checkout: a thread registers it where the parent runs under it, and nowhere else. */
const sourcesRunner = 'tsx';

function importsAlongArrows(tree: SourceTree): string[] {
  return product(tree).flatMap((file) => {
    const from = folderOf(file.path);
    const allowed = from === undefined ? faceMayUse : mayUse[from];
    if (allowed === undefined) return [`${file.path}: src/${from} is not a folder of the layout`];
    return filesImported(file).flatMap((path) => {
      const to = folderOf(path);
      if (to === from || (to !== undefined && allowed.includes(to))) return [];
      if (to === 'config' && readsConfig.test(file.path)) return [];
      return [
        `${file.path} imports ${path}: ${from ?? 'it'} may use ${allowed.join(', ') || 'nothing'}`,
      ];
    });
  });
}

function foldersEnteredThroughDoor(tree: SourceTree): string[] {
  return product(tree).flatMap((file) =>
    filesImported(file).flatMap((path) => {
      const from = folderOf(file.path);
      const to = folderOf(path);
      if (from === to || to === undefined) return [];
      if (protocolClient.test(path)) return [];
      if (from === 'loadtest' && to === 'protocols') {
        return [`${file.path} imports ${path}: loadtest takes protocols' clients only`];
      }
      const door = tree.files.has(`src/${to}/${houseDoor}`) ? houseDoor : 'index.ts';
      if (path === `src/${to}/${door}`) return [];
      // A folder's folder may have a face of its own (storage/conformance), never a bare file.
      const isInner = posix.dirname(path) !== `src/${to}`;
      if (isInner && posix.basename(path) === 'index.ts') return [];
      return [`${file.path} imports ${path}: go through src/${to}/${door}`];
    }),
  );
}

function importsResolve(tree: SourceTree): string[] {
  return [...tree.files.values()].flatMap((file) =>
    filesImported(file).flatMap((path) => {
      if (!path.startsWith('src/') || path.endsWith('.json')) return [];
      return tree.files.has(path) ? [] : [`${file.path} imports ${path}: no such file`];
    }),
  );
}

function noCycles(tree: SourceTree): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    const file = tree.files.get(path);
    for (const next of file === undefined ? [] : filesImported(file)) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of tree.files.keys()) visit(path, []);
  return cycles;
}

/**
 * Inside each folder of `src/`, at every depth: neighbours import one way. The files directly in a
 * folder are a neighbour of its inner folders. Only its doors are not (index.ts and internal.ts):
 * they show what is in all of them.
 */
function foldersOneWay(tree: SourceTree): string[] {
  const edges = new Map<string, string>();
  for (const file of product(tree)) {
    if (isDoor(file.path)) continue;
    for (const path of filesImported(file)) {
      const neighbours = neighboursOf(file.path, path);
      if (neighbours !== undefined && !edges.has(neighbours.join(' '))) {
        edges.set(neighbours.join(' '), `${file.path} imports ${path}`);
      }
    }
  }
  return [...edges].flatMap(([edge, there]) => {
    const [from, to] = edge.split(' ') as [string, string];
    const back = edges.get(`${to} ${from}`);
    // Said once, for the two of them.
    if (back === undefined || from > to) return [];
    return [`${from} and ${to} import each other: ${there}; ${back}`];
  });
}

/** The two that face each other where the paths part; `undefined` in one folder, or across `src/`'s own. */
function neighboursOf(from: string, to: string): readonly [string, string] | undefined {
  const [a, b] = [posix.dirname(from).split('/'), posix.dirname(to).split('/')];
  const shared = a.findIndex((part, depth) => part !== b[depth]);
  const depth = shared < 0 ? a.length : shared;
  // src/ itself is at depth 1: the arrows are above.
  if (depth < 2 || (a.length === depth && b.length === depth)) return undefined;
  const at = (parts: readonly string[]): string =>
    parts.length === depth ? `${parts.join('/')}/*` : parts.slice(0, depth + 1).join('/');
  return [at(a), at(b)];
}

/** An index.ts that some neighbours pass by says nothing: a room has one that all use, or none. */
function roomsEnteredThroughIndex(tree: SourceTree): string[] {
  return product(tree).flatMap((file) =>
    filesImported(file).flatMap((path) => {
      if (folderOf(file.path) !== folderOf(path) || protocolClient.test(file.path)) return [];
      const room = outermostRoom(tree, file.path, path);
      if (room === undefined || posix.basename(path) === 'index.ts') return [];
      if (protocolDescriptor.test(path)) return [];
      return [`${file.path} imports ${path}: go through ${room}/index.ts`];
    }),
  );
}

/** The outermost folder with an index.ts that holds `to` and not `from`. */
function outermostRoom(tree: SourceTree, from: string, to: string): string | undefined {
  const parts = posix.dirname(to).split('/');
  for (let depth = 3; depth <= parts.length; depth += 1) {
    const room = parts.slice(0, depth).join('/');
    if (!from.startsWith(`${room}/`) && tree.files.has(`${room}/index.ts`)) return room;
  }
  return undefined;
}

/** The arrows are checked file by file; this follows them to the end, through the protocols' clients. */
function loadTestStandsAlone(tree: SourceTree): string[] {
  const breaches: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const here = [...trail, path];
    if (['server', 'cache', 'storage'].includes(folderOf(path) ?? '') || isServing(path)) {
      breaches.push(here.join(' -> '));
      return;
    }
    const file = tree.files.get(path);
    for (const next of file === undefined ? [] : filesImported(file)) visit(next, here);
  };
  for (const file of product(tree)) if (folderOf(file.path) === 'loadtest') visit(file.path, []);
  return breaches;
}

/** What a protocol has for the server alone. */
function isServing(path: string): boolean {
  return /^src\/protocols\/(?:[^/]+\/(?:handler|descriptor)\.ts|shared\/zstd\/)/.test(path);
}

function packagesDeclared(tree: SourceTree): string[] {
  return [...tree.files.values()].flatMap((file) =>
    packagesImported(file).flatMap((name) => {
      if (tree.dependencies.has(name)) return [];
      const isFromBuild = isForTests(file.path) || isBundled(file.path);
      if (isFromBuild && tree.devDependencies.has(name)) return [];
      if (name === sourcesRunner) return [];
      const where = isFromBuild ? 'package.json' : 'dependencies of package.json';
      return [`${file.path} imports ${name}: not among the ${where}`];
    }),
  );
}

function dependenciesUsed(tree: SourceTree): string[] {
  const used = new Set(product(tree).flatMap(packagesImported));
  return [...tree.dependencies]
    .filter((name) => !used.has(name))
    .map((name) => `${name} is a dependency that nothing in src/ imports`);
}

function filesShort(tree: SourceTree): string[] {
  return [...tree.files.values()]
    .filter((file) => file.lines > lineMax && !file.path.endsWith('.pb.ts'))
    .map((file) => `${file.path} has ${file.lines} lines: split it`);
}

/** A suite's body in a test file is a list, and may be longer. */
function functionsShort(tree: SourceTree): string[] {
  return [...tree.files.values()]
    .filter(({ path }) => !path.endsWith('.test.ts') && !path.endsWith('.pb.ts'))
    .flatMap(({ path, functions }) =>
      functions
        .filter(({ lines }) => lines > functionLineMax)
        .map(
          ({ name, line, lines }) =>
            `${path}:${line}: ${name || 'a function'} has ${lines} lines: carve it`,
        ),
    );
}

function namesKebabCase(tree: SourceTree): string[] {
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
  return [...tree.files.keys()]
    .filter((path) => !path.split('/').every((part) => kebab.test(part)))
    .map((path) => `${path} is not kebab-case`);
}

function testsBesideSources(tree: SourceTree): string[] {
  return [...tree.files.keys()]
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => {
      const dir = posix.dirname(path);
      const stem = posix.basename(path, '.test.ts');
      if (stem === posix.basename(dir)) return false;
      const siblings = [...tree.files.keys()]
        .filter((other) => posix.dirname(other) === dir && !other.endsWith('.test.ts'))
        .map((other) => posix.basename(other, '.ts'));
      // One source may have several tests: `pacer.test.ts`, `pacer-overflow.test.ts`.
      return !siblings.some(
        (name) => stem === name || stem.startsWith(`${name}-`) || stem.startsWith(`${name}.`),
      );
    })
    .map((path) => `${path} tests no file beside it: name it after one, or move it to test/`);
}

function isDoor(path: string): boolean {
  return ['index.ts', houseDoor].includes(posix.basename(path));
}

/** What ships: tests, and what only they use, live by looser rules. */
function product(tree: SourceTree): SourceFile[] {
  return [...tree.files.values()].filter((file) => !isForTests(file.path));
}

function isForTests(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('src/testing/');
}

/** The build puts what such a file imports into the file itself, so users need not install it. */
function isBundled(path: string): boolean {
  return path.endsWith('.bundle.ts');
}

/** The folder directly below src/, or undefined for a file directly in it. */
function folderOf(path: string): string | undefined {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? parts[1] : undefined;
}

function filesImported(file: SourceFile): string[] {
  return file.imports.flatMap(({ target }) => (target.kind === 'file' ? [target.path] : []));
}

function packagesImported(file: SourceFile): string[] {
  return file.imports.flatMap(({ target }) => (target.kind === 'package' ? [target.name] : []));
}
