import assert from 'node:assert/strict';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exitCodeOfVerdict } from '../../src/cli/shared/exit-codes.ts';
import { formatResult, type Progress, resolveConfig } from '../../src/loadtest/internal.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { ended } from '../../src/testing/child-process.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startMemobuild } from '../../src/testing/start-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { RunFeed, startPageServer } from '../../src/web/index.ts';
import { blankPage, noBrowser, openPage } from './browser.ts';
import { until } from './serve-client.ts';

const skip = noBrowser;

test('a run is watched from its start to its verdict, over a reload', { skip }, async (t) => {
  const dir = await tempDir(t);
  const output = join(dir, 'run.json');
  const { page, complaints } = await blankPage(t);
  const run = await startRun(t, ['--duration', '20', '--output', output, '--ui-keep']);
  await page.goto(run.url);
  await page.locator('#phase', { hasText: /^running$/ }).waitFor();
  await page.locator('#rows tbody td', { hasText: 'PASS so far' }).first().waitFor();
  const throughput = page.locator('figure', { hasText: 'Throughput' }).getByRole('img');
  await until(
    () => throughput.getAttribute('aria-label'),
    (label) => /Last: [\d,.]+ operations per second/.test(label ?? ''),
  );

  await page.reload();
  await page.locator('#phase', { hasText: /^running$/ }).waitFor();
  // The page's policy must also allow the text of the point under the pointer.
  await throughput.hover();
  const { points } = await until(
    async () => (await firstSnapshot(run.url)).scenarios[0]!,
    (scenario) => scenario.points.length >= 4,
  );
  assert.ok(points[0]![0]! < 2_500, 'a reload shows the run from its first second');

  await page.locator('#outcome').waitFor();
  const { verdict } = JSON.parse(await readFile(output, 'utf8')) as ReturnType<
    typeof buildRunResult
  >;
  assert.equal(await page.locator('#outcome .verdict').textContent(), verdict.verdict);
  const words = await page.locator('#rows tbody tr td:last-child').allTextContents();
  assert.deepEqual(
    words,
    verdict.rows.map((row) => row.verdict),
  );
  run.child.kill('SIGINT');
  await page.locator('#status[data-state=ended]').waitFor();
  await ended(run.child);
  assert.equal(await page.locator('#outcome .verdict').textContent(), verdict.verdict);
  assert.equal(run.child.exitCode, exitCodeOfVerdict(verdict.verdict, { strict: false }));
  assert.deepEqual(complaints, []);
});

test('without a terminal the command ends with the run, and the page keeps it', {
  skip,
}, async (t) => {
  const { page, complaints } = await blankPage(t);
  const run = await startRun(t, ['--duration', '8']);
  await page.goto(run.url);
  await page.locator('#status[data-state=ended]').waitFor();
  await ended(run.child);
  assert.match((await page.locator('#status').textContent()) ?? '', /its command have ended/);
  assert.match((await page.locator('#outcome').textContent()) ?? '', /^[A-Z]+/);
  assert.equal(await page.locator('#past-runs').isVisible(), false);
  assert.deepEqual(complaints, []);
});

test('past runs are listed, opened and compared', { skip }, async (t) => {
  const dir = await tempDir(t);
  const base = buildRunResult({ seed: 1 });
  await writeFile(join(dir, 'base.json'), formatResult(base));
  await writeFile(join(dir, 'slow.json'), formatResult(buildRunResult({ seed: 2, slowness: 3 })));
  await writeFile(join(dir, '<b>cut.json'), formatResult(base).slice(0, 500));
  await symlink('/etc/passwd', join(dir, 'link.json'));
  const run = await startRun(t, ['--duration', '60', '--ui-results', dir]);
  const { page, complaints } = await openPage(t, run.url);
  await page.getByRole('link', { name: 'Past runs' }).click();
  await page.getByRole('row', { name: '<b>cut.json' }).getByText('is truncated').waitFor();
  assert.equal(await page.getByText('link.json').count(), 0);
  await page.getByRole('radio', { name: 'base: base.json' }).check();
  await page.getByRole('radio', { name: 'new: slow.json' }).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('REGRESSION', { exact: true }).waitFor();
  await page.getByRole('cell', { name: '✗ worse' }).first().waitFor();
  await page.getByRole('link', { name: 'Past runs' }).click();
  await page.getByRole('link', { name: 'slow.json' }).click();
  await page
    .getByRole('img', { name: /^Throughput over time/ })
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'The run' }).click();
  await page.locator('#phase', { hasText: /^running$/ }).waitFor();
  assert.deepEqual(complaints, []);
  for (const file of ['../base.json', '/etc/passwd', 'link.json', '']) {
    const answer = await fetch(`${run.url}runs/open?${new URLSearchParams({ file })}`);
    assert.equal(answer.status, 404, file);
    assert.doesNotMatch(await answer.text(), /root:/);
  }
});

test('a suite shows what runs, what ended and what waits', { skip }, async (t) => {
  const configs = ['light', 'standard', 'heavy'].map((name) => resolveConfig({ name }));
  const feed = new RunFeed({ title: 'suite', configs, criteria: undefined, hasPastRuns: false });
  const server = await startPageServer({ port: 0, page: 'run', feed });
  t.after(() => server.close());
  const { page, complaints } = await openPage(t, server.url, { widthPx: 390, dark: true });
  const button = (name: string) => page.getByRole('button', { name });
  await button('light waiting').waitFor();
  feed.begin(configs[0]!, 0);
  feed.update(progress(1));
  await button('light running').waitFor();
  feed.ended(buildRunResult({ seed: 1, slowness: 100 }));
  feed.begin(configs[1]!, 1);
  feed.update(progress(2));
  await page.locator('#facts', { hasText: 'clients10' }).waitFor();
  await button('light FAIL').click();
  await page.getByRole('heading', { name: 'Verdict: FAIL' }).waitFor();
  await button('standard running').click();
  await page.getByRole('heading', { name: 'Verdict so far' }).waitFor();
  feed.finish('INTERRUPTED', ['interrupted during standard'], true);
  await page.locator('#outcome', { hasText: 'interrupted during standard' }).waitFor();
  await button('standard no answer').waitFor();
  await button('heavy waiting').waitFor();
  const tooWide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.equal(tooWide, 0, 'nothing sticks out of a phone');
  assert.deepEqual(complaints, []);
});

test('wrong usage ends with 2, a port that is taken with 3', async (t) => {
  const deadline = { deadlineMs: 20_000 };
  const wrong = [
    [['--ui', '70000'], /--ui must be a port from 0 to 65535/],
    [['--ui', 'x'], /--ui must be a port .*got "x"/],
    [['--ui-keep'], /--ui-keep needs --ui/],
  ] as const;
  for (const [args, says] of wrong) {
    const { exitCode, stderr } = await runMemobuild(['loadtest', ...args], deadline);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, says);
  }
  const configs = [resolveConfig({})];
  const feed = new RunFeed({ title: '', configs, criteria: undefined, hasPastRuns: false });
  const server = await startPageServer({ port: 0, page: 'run', feed });
  t.after(() => server.close());
  const { port } = new URL(server.url);
  const { exitCode, stderr } = await runMemobuild(['loadtest', '--ui', port], deadline);
  assert.equal(exitCode, 3, stderr);
  assert.match(stderr, new RegExp(`port ${port}: the port is in use`));
});

/** Starts a small run and answers when its dashboard is served. */
async function startRun(t: TestContext, args: readonly string[]) {
  const load = ['--clients', '2', '--requests', '0', '--working-set', '50', '--size', '2KiB'];
  const { child, stderr } = startMemobuild(t, ['loadtest', ...load, '--ui', ...args]);
  const [, url] = await stderr.first(/^Dashboard: (http:\/\/127\.0\.0\.1:\d+\/)$/);
  return { child, url: url! };
}

async function firstSnapshot(url: string): Promise<{ scenarios: { points: number[][] }[] }> {
  const { body } = await fetch(`${url}events`);
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const data = /^event: snapshot\ndata: (.*)\n\n/m.exec(text)?.[1];
    if (data !== undefined) return JSON.parse(data);
  }
  throw new Error(`no snapshot in ${text}`);
}

function progress(seconds: number): Progress {
  return {
    phase: 'running',
    elapsedMs: seconds * 1000,
    expectedMs: 60_000,
    share: seconds / 60,
    operations: 100,
    successful: 99,
    failed: 1,
    hits: 75,
    misses: 25,
    failures: { timeout: 1 },
    opsPerSec: 100,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: 3,
    avgMs: 1.5,
    inFlight: 2,
    serverMemoryBytes: undefined,
  };
}
