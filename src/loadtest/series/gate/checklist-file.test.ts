import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ConfigError } from '../../errors.ts';
import { readChecklistFile } from './checklist-file.ts';

async function fileOf(t: TestContext, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'checklist-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'monday.yaml'), 'numClients: 3\nsizes: 1KiB\n');
  await writeFile(join(dir, 'list.yaml'), text);
  return join(dir, 'list.yaml');
}

async function problemsOf(t: TestContext, text: string): Promise<readonly string[]> {
  const path = await fileOf(t, text);
  const error: unknown = await readChecklistFile(path).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ConfigError, String(error));
  return error.problems.map((problem) => problem.replace(`${path}: `, ''));
}

test('rows with names of scenarios, files beside the checklist, and limits', async (t) => {
  const path = await fileOf(
    t,
    `title: Ours
rows:
  - { title: a, scenario: [heavy, ./monday.yaml], metric: p95_ms, below: 200 }
  - { title: b, scenario: heavy, metric: verdict }
  - { title: c, scenario: sustained, metric: degradation }
  - { title: d, scenario: heavy, metric: hit_rate_percent, above: 60, at_most: 80 }`,
  );
  const checklist = await readChecklistFile(path);
  assert.deepEqual([checklist.name, checklist.title], ['list', 'Ours']);
  assert.deepEqual(
    checklist.scenarios.map(({ name }) => name),
    ['heavy', 'monday', 'sustained'],
  );
  assert.deepEqual(
    checklist.rows.map(({ check }) => check),
    [
      {
        kind: 'metrics',
        scenarios: ['heavy', 'monday'],
        conditions: [{ metric: 'p95_ms', compare: 'below', limit: 200 }],
      },
      { kind: 'verdict', scenarios: ['heavy'] },
      { kind: 'no_degradation', scenarios: ['sustained'] },
      {
        kind: 'metrics',
        scenarios: ['heavy'],
        conditions: [
          { metric: 'hit_rate_percent', compare: 'above', limit: 60 },
          { metric: 'hit_rate_percent', compare: 'at_most', limit: 80 },
        ],
      },
    ],
  );
});

test('every problem of a checklist is listed, with its row', async (t) => {
  const problems = await problemsOf(
    t,
    `owner: me
rows:
  - { title: trust me, status: PASS, scenario: heavy, metric: verdict }
  - { scenario: calm, metric: p95_ms, below: 200 }
  - { title: c, scenario: heavy, metric: speed, above: 1 }
  - { title: d, scenario: heavy, metric: p95_ms }
  - { title: e, scenario: heavy, metric: p95_ms, below: fast }
  - { title: f, scenario: ./no.yaml, metric: verdict }
  - { title: g, scenario: heavy, metric: verdict, above: 3 }
  - { title: h, metric: verdict }
  - done`,
  );
  const expected = [
    /^owner is not a known key/,
    /^row 1: status is not a known key/,
    /^row 2: title must be a string/,
    /^row 2: scenario must be light, standard, .*got "calm"/,
    /^row 3: metric must be one of .*got "speed"/,
    /^row 4: needs a limit: one of above, below, at_least, at_most/,
    /^row 5: below must be a number; got "fast"/,
    /^row 6: .*no\.yaml: no such file/,
    /^row 7: metric verdict must have no limit/,
    /^row 8: scenario must be the name/,
    /^row 9: must hold title, .*got "done"/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(problems[index]!, pattern);
});

const wholes: readonly [string, string, RegExp][] = [
  ['no rows', 'title: x\n', /^rows must be a list of at least one row/],
  ['an empty list', 'rows: []\n', /^rows must be a list of at least one row/],
  ['two scenarios of one name', duplicates(), /^two scenarios are called monday/],
];

function duplicates(): string {
  const row = (scenario: string): string =>
    `  - { title: x, scenario: ${scenario}, metric: verdict }\n`;
  return `rows:\n${row('./monday.yaml')}${row('./../$DIR/monday.yaml')}`;
}

for (const [name, text, pattern] of wholes) {
  test(`a checklist with ${name} is refused`, async (t) => {
    const path = await fileOf(t, text);
    await writeFile(path, text.replace('$DIR', path.split('/').at(-2) ?? ''));
    const error: unknown = await readChecklistFile(path).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.problems[0]!.replace(`${path}: `, ''), pattern);
  });
}
