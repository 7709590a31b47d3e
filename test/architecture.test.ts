import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readImports } from './architecture/read-imports.ts';
import { rules } from './architecture/rules.ts';
import { readSourceTree, sourceTreeOf } from './architecture/source-tree.ts';
import { spreadExtremes } from './architecture/spread-extremes.ts';
import { startsUnbound, unboundProcesses } from './architecture/unbound-processes.ts';

type RuleName = keyof typeof rules;
const ruleNames = Object.keys(rules) as RuleName[];

describe('the sources keep the rules of the house', () => {
  const tree = readSourceTree(join(import.meta.dirname, '..'));
  test('there are sources to look at', () => assert.ok(tree.files.size > 10));
  for (const name of ruleNames) {
    test(name, () => assert.deepEqual(rules[name](tree), []));
  }
});

test('no list is spread into the arguments of Math.max or Math.min', () => {
  const root = join(import.meta.dirname, '..');
  const paths = [...readSourceTree(root).files.keys()].filter((path) => !/\.test\.ts$/.test(path));
  const found = paths.flatMap((path) =>
    spreadExtremes(path, readFileSync(join(root, path), 'utf8')),
  );
  assert.deepEqual(found, []);
  assert.deepEqual(spreadExtremes('a.ts', 'Math.max(1, 2);\nMath.min(0, ...[1, 2]);'), ['a.ts:2']);
});

test('imports are read in each of their forms, and only they', () => {
  const text = `
    import 'a'; import b from 'b'; import type { C } from 'c'; import { type D } from 'd';
    import { type E, e } from 'e'; export * from 'f'; export type { G } from 'g';
    const h = await import('h'); type I = import('i').I;
    const j = [import.meta.resolve('j'), createRequire(x).resolve('k/file'), path.resolve('no')];
    // import 'comment';
    const s = "import 'string'";`;
  assert.deepEqual(
    readImports('x.ts', text).map(({ specifier, how }) => `${specifier}:${how}`),
    [
      'a:value',
      'b:value',
      'c:type',
      'd:type',
      'e:value',
      'f:value',
      'g:type',
      'h:lazy',
      'i:type',
      'j:resolved',
      'k/file:resolved',
    ],
  );
});

/** Trees that break exactly one rule each; `breach` must be in the returned sentence. */
const badTrees: readonly {
  name: string;
  rule: RuleName;
  files: Record<string, string>;
  packageJson?: { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };
  breach: RegExp;
}[] = [
  {
    name: 'core that knows the storage',
    rule: 'imports run along the arrows',
    files: {
      'src/core/a.ts': "import type { B } from '../storage/index.ts';",
      'src/storage/index.ts': 'export type B = 1;',
    },
    breach: /src\/core\/a\.ts imports src\/storage\/index\.ts: core may use nothing/,
  },
  {
    name: 'a server that imports the load test lazily',
    rule: 'imports run along the arrows',
    files: {
      'src/server/a.ts': "await import('../loadtest/index.ts');",
      'src/loadtest/index.ts': 'export {};',
    },
    breach: /server may use/,
  },
  {
    name: 'a server that reads the configuration outside compose.ts',
    rule: 'imports run along the arrows',
    files: {
      'src/server/compose.ts': "import '../config/index.ts';",
      'src/server/listen.ts': "import '../config/index.ts';",
      'src/config/index.ts': 'export {};',
    },
    breach: /^src\/server\/listen\.ts/,
  },
  {
    name: "a package's root that loads the load test",
    rule: 'imports run along the arrows',
    files: {
      'src/index.ts': "export * from './library/index.ts'; export * from './loadtest/index.ts';",
      'src/library/index.ts': 'export {};',
      'src/loadtest/index.ts': 'export {};',
    },
    breach: /^src\/index\.ts imports src\/loadtest\/index\.ts: it may use core, library/,
  },
  {
    name: 'a product file that uses the testing folder',
    rule: 'imports run along the arrows',
    files: {
      'src/cli/a.ts': "export * from '../testing/index.ts';",
      'src/testing/index.ts': 'export {};',
    },
    breach: /cli may use/,
  },
  {
    name: 'a folder nobody planned',
    rule: 'imports run along the arrows',
    files: { 'src/utils/a.ts': 'export {};' },
    breach: /src\/utils is not a folder of the layout/,
  },
  {
    name: 'a folder entered through the back door',
    rule: 'a folder is entered through its door',
    files: {
      'src/cache/a.ts': "import { b } from '../storage/lmdb/b.ts';",
      'src/storage/lmdb/b.ts': 'export const b = 1;',
    },
    breach: /go through src\/storage\/index\.ts/,
  },
  {
    name: 'a folder of the house that enters a library as its users do',
    rule: 'a folder is entered through its door',
    files: {
      'src/report/a.ts': "import '../loadtest/internal.ts'; import '../loadtest/b/index.ts';",
      'src/report/b.ts': "import '../loadtest/index.ts';",
      'src/loadtest/index.ts': '',
      'src/loadtest/internal.ts': '',
      'src/loadtest/b/index.ts': '',
    },
    breach: /^src\/report\/b\.ts imports .*: go through src\/loadtest\/internal\.ts/,
  },
  {
    name: 'a load test that takes more of the protocols than a client',
    rule: 'a folder is entered through its door',
    files: {
      'src/loadtest/a.ts':
        "import '../protocols/shared/load-client.ts'; import '../protocols/api-v1/client.ts'; import '../protocols/bazel/load-client.ts'; import '../protocols/index.ts';",
      'src/protocols/shared/load-client.ts': '',
      'src/protocols/api-v1/client.ts': '',
      'src/protocols/bazel/load-client.ts': '',
      'src/protocols/index.ts': '',
    },
    breach: /imports src\/protocols\/index\.ts: loadtest takes protocols' clients only/,
  },
  {
    name: 'an import of a file that is not there',
    rule: 'relative imports name a file that exists, with .ts',
    files: { 'src/core/a.ts': "import './b.js';", 'src/core/b.ts': 'export {};' },
    breach: /src\/core\/b\.js: no such file/,
  },
  {
    name: 'a cycle made of types',
    rule: 'no cycle between files',
    files: {
      'src/core/a.ts': "import type { B } from './b.ts'; export type A = 1;",
      'src/core/b.ts': "export * from './c.ts'; export type B = 1;",
      'src/core/c.ts': "import type { A } from './a.ts';",
    },
    breach: /src\/core\/a\.ts -> src\/core\/b\.ts -> src\/core\/c\.ts -> src\/core\/a\.ts/,
  },
  {
    name: 'two rooms that import each other',
    rule: 'no two folders import each other',
    files: {
      'src/server/http/a.ts': "import '../grpc/deep/b.ts';",
      'src/server/grpc/deep/b.ts': '',
      'src/server/grpc/c.ts': "import type { D } from '../http/deep/d.ts';",
      'src/server/http/deep/d.ts': '',
      'src/server/http/a.test.ts': "import '../grpc/c.ts';",
    },
    breach:
      /^src\/server\/grpc and src\/server\/http import each other: src\/server\/grpc\/c\.ts imports .*; src\/server\/http\/a\.ts imports /,
  },
  {
    name: 'a room and the files beside it that import each other',
    rule: 'no two folders import each other',
    files: {
      'src/server/http/compose.ts': "import './fast/a.ts';",
      'src/server/http/fast/a.ts': "import '../respond.ts';",
      'src/server/http/respond.ts': '',
      'src/server/http/index.ts': "import './slow/b.ts';",
      'src/server/http/slow/b.ts': "import '../respond.ts';",
    },
    breach: /^src\/server\/http\/\* and src\/server\/http\/fast import each other/,
  },
  {
    name: 'a room entered past its index.ts',
    rule: 'a room with an index.ts is entered through it',
    files: {
      'src/server/listen.ts': "import './fast/index.ts'; import './slow/b.ts';",
      'src/server/compose.ts': "import './fast/a.ts';",
      'src/server/fast/index.ts': "import './a.ts';",
      'src/server/fast/a.ts': '',
      'src/server/slow/b.ts': '',
    },
    breach:
      /^src\/server\/compose\.ts imports src\/server\/fast\/a\.ts: go through src\/server\/fast\/index\.ts/,
  },
  {
    name: 'a client that drags the cache into the load test',
    rule: 'the load test reaches no server, cache or store',
    files: {
      'src/loadtest/a.ts': "import '../protocols/bazel/load-client.ts';",
      'src/protocols/bazel/load-client.ts': "import './wire.ts';",
      'src/protocols/bazel/wire.ts': "import '../../cache/index.ts';",
      'src/cache/index.ts': '',
    },
    breach: /wire\.ts -> src\/cache\/index\.ts/,
  },
  {
    name: 'a list of clients that drags a handler into the load test',
    rule: 'the load test reaches no server, cache or store',
    files: {
      'src/loadtest/a.ts': "import '../protocols/load-protocols.ts';",
      'src/protocols/load-protocols.ts': "import './bazel/load-descriptor.ts';",
      'src/protocols/bazel/load-descriptor.ts': "import './handler.ts';",
      'src/protocols/bazel/handler.ts': '',
    },
    breach: /load-descriptor\.ts -> src\/protocols\/bazel\/handler\.ts/,
  },
  {
    name: 'a package that only developers get',
    rule: 'every package imported is declared',
    files: {
      'src/core/a.ts': "import x from '@scope/pkg/deep';",
      'src/core/a.test.ts': "import '@scope/pkg';",
      'src/core/b.bundle.ts': "export * from '@scope/pkg';",
    },
    packageJson: { devDependencies: { '@scope/pkg': '1' } },
    breach: /^src\/core\/a\.ts imports @scope\/pkg: not among the dependencies/,
  },
  {
    name: 'a dependency used by a test alone',
    rule: 'every dependency is used',
    files: { 'src/core/a.ts': "import 'used';", 'src/core/a.test.ts': "import 'idle';" },
    packageJson: { dependencies: { used: '1', idle: '1' } },
    breach: /^idle is a dependency/,
  },
  {
    name: 'a long file',
    rule: 'no file is over 400 lines',
    files: {
      'src/core/a.ts': 'export {};\n'.repeat(401),
      'src/core/b.ts': 'export {};\n'.repeat(400),
    },
    breach: /^src\/core\/a\.ts has 401 lines/,
  },
  {
    name: 'a function that no screen holds, inside a class',
    rule: 'no function is over 70 lines',
    files: {
      'src/core/a.ts': `class A {\n  async far(): void {${'\n    go();'.repeat(69)}\n  }\n}`,
      'src/core/b.ts': `const b = () => {${'\n  go();'.repeat(68)}\n};`,
      'src/core/a.test.ts': `test('a', () => {${'\n  go();'.repeat(200)}\n});`,
    },
    breach: /^src\/core\/a\.ts:2: far has 71 lines/,
  },
  {
    name: 'a name in camel case',
    rule: 'names are kebab-case',
    files: { 'src/core/exitCodes.ts': '', 'src/core/exit-codes.test.ts': '' },
    breach: /^src\/core\/exitCodes\.ts/,
  },
  {
    name: 'a test with nothing beside it',
    rule: 'a test is next to the code that it tests',
    files: { 'src/core/a.ts': '', 'src/core/a-more.test.ts': '', 'src/core/tests/a.test.ts': '' },
    breach: /^src\/core\/tests\/a\.test\.ts/,
  },
];

describe('the rules see', () => {
  for (const { name, rule, files, packageJson, breach } of badTrees) {
    test(name, () => {
      const breaches = rules[rule](sourceTreeOf(files, packageJson));
      assert.equal(breaches.length, 1, breaches.join('\n'));
      assert.match(breaches[0]!, breach);
    });
  }
  test('with each rule shown at least once', () => {
    assert.deepEqual(new Set(badTrees.map(({ rule }) => rule)), new Set(ruleNames));
  });
});

test('no test and no benchmark starts a process that outlives it when it is cut off', () => {
  const from = "from 'node:child_process';";
  assert.ok(startsUnbound(`import { type ChildProcess, fork } ${from} fork('x');`));
  assert.ok(!startsUnbound(`import { fork } ${from} fork('x', { env: boundEnvironment() });`));
  const unbound = unboundProcesses(join(import.meta.dirname, '..'));
  // The store's own tests end theirs in a `finally`; of a run that is cut off, scripts/test.mjs does.
  assert.deepEqual(
    unbound.filter((path) => !path.startsWith('src/storage/')),
    [],
  );
});
