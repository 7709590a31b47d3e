import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ConfigError } from '../errors.ts';
import { readScenarioFile } from './scenario-file.ts';

async function file(t: TestContext, name: string, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'scenario-'));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

test('a YAML scenario has the keys of a configuration', async (t) => {
  const path = await file(
    t,
    'monday.yaml',
    'summary: rush\nnumClients: 30\nsizes: 1KiB:9,1MiB:1\n',
  );
  const scenario = await readScenarioFile(path);
  assert.equal(scenario.name, 'monday');
  assert.equal(scenario.summary, 'rush');
  assert.deepEqual(scenario.config, {
    name: 'monday',
    repeatBuilds: true,
    numClients: 30,
    sizes: '1KiB:9,1MiB:1',
  });
});

test('a JSON scenario is read too and may name itself', async (t) => {
  const path = await file(t, 'x.json', '{"name": "own", "rate": "10..20", "repeatBuilds": false}');
  const scenario = await readScenarioFile(path);
  assert.equal(scenario.name, 'own');
  assert.equal(scenario.config.repeatBuilds, false);
});

const wrong: readonly [string, string, RegExp][] = [
  [
    'several problems',
    'numClients: 0\ncolour: 1\n',
    /numClients must be(.|\n)*colour is not a known key/,
  ],
  ['secrets', 'headers: {authorization: x}\n', /headers is not allowed in a scenario file/],
  ['a list', '- 1\n', /must hold keys with values/],
  ['no YAML', 'a: [1', /neither YAML nor JSON/],
  ['nothing', '', /must hold keys with values/],
];
for (const [name, text, message] of wrong) {
  test(`refused: ${name}`, async (t) => {
    const path = await file(t, 'x.yaml', text);
    await assert.rejects(readScenarioFile(path), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      assert.ok(error.message.includes(path));
      return true;
    });
  });
}

test('a file that is not there is named', async () => {
  await assert.rejects(readScenarioFile('/nowhere/x.yaml'), /\/nowhere\/x.yaml: no such file/);
});
