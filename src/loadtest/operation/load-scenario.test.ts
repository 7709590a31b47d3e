import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startInProcess } from '../../testing/start-in-process.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { ConfigError, LoadTestError } from '../errors.ts';
import { runLoadTest } from '../run/run-load-test.ts';
import type { ScenarioModule } from './operation.ts';

const library = new URL('../index.ts', import.meta.url).href;

/** Writes a scenario's module into a directory of its own; `text` may use `BodyCheck` and `payloadOf`. */
async function moduleOf(t: TestContext, text: string): Promise<{ dir: string; module: URL }> {
  const dir = await tempDir(t);
  const path = join(dir, 'scenario.mjs');
  const imports = `import { BodyCheck, payloadOf } from ${JSON.stringify(library)};`;
  await writeFile(path, `${imports}\n${text}`);
  return { dir, module: pathToFileURL(path) };
}

/** Stores `stored` under a key of the operation's own, and reads it expecting `expected`. */
const storeAndRead = (expected: string): string => `
const stored = payloadOf(Buffer.from('the bytes'));
const expected = payloadOf(Buffer.from('${expected}'));
export const scenario = {
  name: 'store and read',
  async execute({ http, runId, client, iteration }) {
    const path = \`/blobs/default/\${runId}-\${client}-\${iteration}\`;
    await http.exchange({ method: 'PUT', path, body: stored });
    const body = new BodyCheck(expected);
    const { status } = await http.exchange({ method: 'GET', path }, body.sink);
    if (status !== 200) return { success: false, lookup: undefined, failure: 'protocol' };
    body.throwUnlessWhole();
    return { success: true, lookup: 'hit', readBytes: expected.sizeBytes };
  },
};`;

const operations = { numClients: 4, workers: 2, requestsPerClient: 25, repeatBuilds: false };

async function run(t: TestContext, scenario: ScenarioModule) {
  const { url } = await startInProcess(t);
  return await runLoadTest({ ...operations, target: url }, { scenario });
}

test('a scenario module runs in each generator thread, and its name is recorded', async (t) => {
  const { dir, module } = await moduleOf(
    t,
    `import { appendFileSync } from 'node:fs';
    import { threadId } from 'node:worker_threads';
    appendFileSync(new URL('threads', import.meta.url), threadId + ' ');
    ${storeAndRead('the bytes')}
    export default async () => scenario;`,
  );
  const metrics = await run(t, { module });
  assert.deepEqual([metrics.totalOperations, metrics.successfulOperations], [100, 100]);
  assert.deepEqual([metrics.cacheHits, metrics.kind], [100, 'run']);
  assert.equal(metrics.result.generator.workers, 2);
  assert.equal(metrics.result.config.custom_scenario, 'store and read');
  const threads = (await readFile(join(dir, 'threads'), 'utf8')).trim().split(' ');
  assert.equal(new Set(threads).size, 2, 'each thread loaded it');
  assert.ok(!threads.includes('0'), 'the main thread did not');
});

test('wrong bytes in a scenario of a module are integrity failures, and fail the run', async (t) => {
  const { module } = await moduleOf(t, storeAndRead('my  bytes'));
  const metrics = await run(t, { module: module.href, export: 'scenario' });
  assert.equal(metrics.totalOperations, 100);
  assert.equal(metrics.errorsByType.integrity, 100);
  assert.equal(metrics.cacheHits, 100, 'wrong bytes are an answer');
  assert.equal(
    metrics.result.verdict.rows.find(({ metric }) => metric === 'integrity_and_lost')?.verdict,
    'FAIL',
  );
});

const bad: readonly { name: string; text: string; exportName?: string; message: RegExp }[] = [
  {
    name: 'throws when it is loaded',
    text: "throw new Error('no licence');",
    message: /scenario\.mjs can't be loaded: no licence$/,
  },
  {
    name: 'lacks the export',
    text: storeAndRead('the bytes'),
    exportName: 'other',
    message: /has no export 'other'; it exports scenario$/,
  },
  {
    name: 'exports something else',
    text: 'export default { execute: 1 };',
    message: /exports no scenario as 'default': an object with a name/,
  },
  {
    name: 'throws when its function is called',
    text: "export default () => { throw new Error('no database'); };",
    message: /threw when 'default' was called: no database$/,
  },
];

for (const { name, text, exportName, message } of bad) {
  test(`a scenario module that ${name} ends the load test before anything is sent`, async (t) => {
    const { module } = await moduleOf(t, text);
    await assert.rejects(run(t, { module, export: exportName }), (error) => {
      assert.ok(error instanceof LoadTestError, String(error));
      assert.equal(error.code, 'bad_scenario');
      assert.match(error.message, message);
      return true;
    });
  });
}

test('a module that is not named by an absolute URL, or beside a trace, is a wrong configuration', async () => {
  const scenario = { module: './scenario.js' };
  await assert.rejects(runLoadTest({}, { scenario }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /^scenario\.module must be an absolute URL, .*got "\.\/scenario\.js"/,
    );
    return true;
  });
  const found = { module: 'file:///scenario.js' };
  await assert.rejects(runLoadTest({ replay: 'a.trace' }, { scenario: found }), ConfigError);
});
