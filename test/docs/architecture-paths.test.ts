import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
/** Folders and files that the text may name. */
const tree = new Set([
  ...readdirSync(root),
  ...['src', 'test', 'docs', 'bench', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name.split(sep).join('/')}`,
    ),
  ),
]);

test('every folder and file that ARCHITECTURE.md names exists', () => {
  const paths = pathsNamedIn(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));
  assert.ok(paths.length > 60, `only ${paths.length} paths were found in it`);
  assert.deepEqual(
    paths.filter((path) => !exists(path)),
    [],
  );
});

/** Floors whose folders the text names one by one. `protocols` has one per tool. */
const floorsWithRooms = ['server', 'loadtest', 'report', 'web'];

test('ARCHITECTURE.md names each room of the inner floors', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const rooms = floorsWithRooms.flatMap((floor) =>
    readdirSync(join(root, 'src', floor), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ floor, name })),
  );
  assert.ok(rooms.length > 30, `only ${rooms.length} rooms were found`);
  const unnamed = rooms.filter(
    ({ floor, name }) => !text.includes(`\`${name}\``) && !text.includes(`\`${floor}/${name}\``),
  );
  assert.deepEqual(unnamed, []);
});

test('paths are found in arrows, tables, texts and links, and no other names', () => {
  const text = [
    '```\ncore, cache ─► gone ─► src/index.ts\n```',
    '| folder | what |\n| --- | --- |\n| `core` | `config` |',
    '| room of `loadtest` | what |\n| --- | --- |\n| `a.ts`, `b` | x |',
    '| step | where |\n| --- | --- |\n| read `no` | `c`, `cache/d` |',
    'See `src/x/`, `*/y.ts`, `cli/y`, `fast-path.test.ts`, [docs](docs/z.md), `/api/v1`, `kill -9`, `a.b()`, `Name`.',
  ].join('\n\n');
  assert.deepEqual(pathsNamedIn(text), [
    'src/core',
    'src/cache',
    'src/gone',
    'src/index.ts',
    'src/core',
    'src/loadtest/a.ts',
    'src/loadtest/b',
    'src/server/http/fast-path/c',
    'src/cache/d',
    'src/x',
    'src/*/y.ts',
    'src/cli/y',
    '**/fast-path.test.ts',
    'docs/z.md',
  ]);
  assert.deepEqual(
    ['src/core', 'src/core/no', 'src/core/digest', '**/digest.ts', '**/no.ts'].map(exists),
    [true, false, true, true, false],
  );
});

/** Each path from the repository's root, in the order of its mention; one with a `*` is a pattern. */
function pathsNamedIn(text: string): string[] {
  /** What the rows of a table are about: its column of names, and the folder that they are in. */
  let table: { readonly column: number; readonly folder: string } | undefined;
  return text.split('\n').flatMap((line) => {
    if (line.includes('─►')) return pathsInArrows(line);
    if (!line.startsWith('|')) table = undefined;
    const cells = line.split('|').map((cell) => cell.trim());
    const started = tableHeadedBy(cells);
    if (started !== undefined) {
      table = started;
      return [];
    }
    if (table !== undefined) {
      const { column, folder } = table;
      return codeIn(cells[column] ?? '').map((name) =>
        name.includes('/') ? `src/${name}` : `${folder}/${name}`,
      );
    }
    const linked = [...line.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => path!);
    return [...codeIn(line).flatMap(pathOf), ...linked];
  });
}

function tableHeadedBy(cells: readonly string[]): { column: number; folder: string } | undefined {
  const [, head = ''] = cells;
  if (head === 'folder') return { column: 1, folder: 'src' };
  if (head.startsWith('room of')) return { column: 1, folder: `src/${codeIn(head)[0]}` };
  return head === 'step' ? { column: 2, folder: 'src/server/http/fast-path' } : undefined;
}

/** The floors of `src/`, or the rooms of the load test where a name is one of those only. */
function pathsInArrows(line: string): string[] {
  const names = line.split(/─►|,/).map((name) => name.trim().replace(/^src\//, ''));
  const isInside = names.some((name) => exists(`src/loadtest/${name}`) && !isFloor(name));
  return names.map((name) => `${isInside ? 'src/loadtest' : 'src'}/${name}`);
}

/** Folders of `src/` itself. */
function isFloor(name: string): boolean {
  return tree.has(`src/${name}`);
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** Text in the code font that is a path: it has a slash, or is a file's name. */
function pathOf(code: string): string[] {
  const path = code.replace(/\/$/, '');
  if (!/^[\w*][\w.*-]*(\/[\w.*-]+)*$/.test(path)) return [];
  if (path.includes('/') || code.endsWith('/')) {
    return [tree.has(path.split('/')[0]!) ? path : `src/${path}`];
  }
  return /\.(ts|js|json|md)$/.test(path) ? [`**/${path}`] : [];
}

/** A source file may be named without its ending. */
function exists(path: string): boolean {
  if (!path.includes('*')) return tree.has(path) || tree.has(`${path}.ts`);
  const pattern = path
    .replaceAll('.', '\\.')
    .replace('**/', '(.+/)?')
    .replace(/(?<!\.)\*/g, '[^/]+');
  return [...tree].some((there) => new RegExp(`^${pattern}$`).test(there));
}
