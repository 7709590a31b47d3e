import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { Cleanup } from '../../src/testing/cleanup.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { programPath } from '../../src/testing/program.ts';
import { readJUnit } from '../../src/testing/read-junit.ts';
import { makeSlowCheckout } from '../../src/testing/slow-checkout.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import {
  type CiFile,
  type GitHubJob,
  gitLabJobOf,
  jobOf,
  readCiFiles,
  valuesOf,
} from './ci-files.ts';
import {
  commit,
  type FinishedScript,
  git,
  makeOrigin,
  Workspace,
  workspace,
} from './ci-workspace.ts';

/**
 * Runs the shell lines of the workflow of this repository and of docs/ci.md for real, with short
 * loads. Only two things are replaced: what `uses:` would do (a clone), and `npm ci`, which here
 * links this checkout's node_modules and dist.
 */
const { github, gitlab } = await readCiFiles();
const [own, cacheLoad, cacheCompare] = github as [CiFile, CiFile, CiFile];
const [labLoad, labCompare] = gitlab as [CiFile, CiFile];

test('the base is the branch that a pull request is merged into, or what was there before', async (t) => {
  const dir = await tempDir(t);
  const commits = await makeOrigin(dir);
  const [first, weekOld, parent] = commits;
  const { run, env } = jobOf(own).steps.find(({ name }) => name === 'Check out the base')!;
  const cases: readonly (readonly [Record<string, string>, string | undefined])[] = [
    [{ EVENT: 'pull_request' }, parent],
    [{ EVENT: 'push', BEFORE: first! }, first],
    [{ EVENT: 'push', BEFORE: '0'.repeat(40) }, parent],
    [{ EVENT: 'schedule' }, weekOld],
    [{ EVENT: 'workflow_dispatch' }, parent],
    [{ EVENT: 'workflow_dispatch', ASKED: first! }, first],
    [{ EVENT: 'workflow_dispatch', ASKED: '$(touch x); --force' }, parent],
  ];
  for (const [index, [event, expected]] of cases.entries()) {
    const cwd = join(dir, `${index}`);
    await mkdir(cwd);
    git(cwd, 'clone', '--quiet', join(dir, 'origin'), 'head');
    const values = valuesOf(env!, { BEFORE: '', ASKED: '', ...event });
    const { status, output } = await new Workspace(cwd, {}).run(run!, values);
    assert.equal(status, 0, output);
    assert.equal(git(join(cwd, 'base'), 'rev-parse', 'HEAD'), expected, JSON.stringify(event));
  }
});

test("this repository's workflow runs from the checkout to the pictures, and fails where the head is slower", async (t) => {
  const { space, runStep } = await ownWorkspace(t);
  for (const name of ['Check out the base', 'Build the base', 'Build the head']) {
    assert.equal((await runStep(name)).status, 0);
  }
  const load = await runStep('Test the head under load');
  assertLoadJudged(load, await space.summary());
  await assertResults(space.dir, 'loadtest');

  await slowDown(join(space.dir, 'head'));
  const few = '--clients 2 --duration 1 --size 1KiB --working-set 10';
  const slow = await runStep('Compare base and head', { PAIRS: '3', LOAD: `${few} --requests 0` });
  assert.equal(slow.status, 1, slow.output);
  // It goes below what the load test wrote there.
  assert.match(await space.summary(), /load test[\s\S]*^### REGRESSION/m);
  await assertResults(space.dir, 'compare');
  const [suite] = readJUnit(await readFile(join(space.dir, 'results/compare.xml'), 'utf8'));
  assert.equal(suite?.cases[0]?.status, 'failed');
  const draw = await runStep('Draw the runs');
  assert.equal(draw.status, 0, draw.output);
  assert.match(await readFile(join(space.dir, 'results/compare.html'), 'utf8'), /<svg /);

  await t.test('no answer is a warning, not a silent pass', async () => {
    await rm(space.summaryPath);
    const untold = await runStep('Compare base and head', { LOAD: `${few} --requests 2` });
    assert.equal(untold.status, 0, untold.output);
    assert.match(untold.output, /^::warning title=Base and new::INCONCLUSIVE/m);
    assert.match(await space.summary(), /^### INCONCLUSIVE/m);
  });

  await t.test('a side that does not start is a failure, not a warning', async () => {
    await rm(join(space.dir, 'results'), { recursive: true });
    await writeFile(join(space.dir, 'base/bin/memobuild.js'), 'process.exit(7);\n');
    const broken = await runStep('Compare base and head');
    assert.equal(broken.status, 1, broken.output);
    assert.doesNotMatch(broken.output, /::warning/);
  });
});

test('docs/ci.md: a load test of a cache with a token, on GitHub and on GitLab', async (t) => {
  const dir = await tempDir(t);
  await makeOrigin(dir);
  await writeFile(join(dir, 'tokens'), 'bearer s3cret write ci\n');
  const server = await startServer(t, { args: ['--tokens', join(dir, 'tokens')] });
  const known = {
    MEMOBUILD: `file://${join(dir, 'origin')}`,
    TARGET: server.url,
    CACHE_TOKEN: 's3cret',
  };
  const job = jobOf(cacheLoad);
  const space = await workspace(join(dir, 'github'), dir, valuesOf(job.env, known));
  for (const { name, run, env = {} } of job.steps) {
    if (run === undefined) continue;
    const finished = await space.run(run, valuesOf(env, known));
    if (name === 'Load test') assertLoadJudged(finished, await space.summary());
    else assert.equal(finished.status, 0, finished.output);
  }
  await assertUploaded(space.dir, job, ['loadtest.json', 'loadtest.html']);

  const lab = gitLabJobOf(labLoad);
  const labEnv = { ...valuesOf(lab.variables, known), ...onGitLab, CACHE_TOKEN: 's3cret' };
  const labSpace = await workspace(join(dir, 'gitlab'), dir, labEnv);
  const finished = await labSpace.run(lab.script.join('\n'), {});
  assertLoadJudged(finished, await readFile(join(labSpace.dir, 'results/loadtest.md'), 'utf8'), 4);
  const after = await labSpace.run(lab.after_script!.join('\n'), {});
  assert.equal(after.status, 0, after.output);
  await assertResults(labSpace.dir, 'loadtest');
  assert.doesNotMatch(finished.output, /s3cret/);

  await rm(join(labSpace.dir, 'results'), { recursive: true });
  const alone = await labSpace.run(lab.script.slice(2).join('\n'), {
    TARGET: 'http://127.0.0.1:1',
  });
  assert.equal(alone.status, 3, alone.output);
});

test('docs/ci.md: base and head of a repository, on GitHub and on GitLab', async (t) => {
  const dir = await tempDir(t);
  await makeOrigin(dir);
  const user = join(dir, 'user');
  await mkdir(user);
  const start = `#!/bin/sh\nexec ${process.execPath} ${programPath} serve --port "$1" --dir "$PWD/store"\n`;
  await writeFile(join(user, 'serve.sh'), start);
  await chmod(join(user, 'serve.sh'), 0o755);
  git(user, 'init', '--quiet');
  const base = commit(user, 'base', 2);
  commit(user, 'head', 1);
  const known = async (): Promise<Record<string, string>> => ({
    MEMOBUILD: `file://${join(dir, 'origin')}`,
    PAIRS: '1',
    BASE_PORT: `${await freePort()}`,
    HEAD_PORT: `${await freePort()}`,
  });
  const job = jobOf(cacheCompare);
  const space = await workspace(join(dir, 'github'), dir, valuesOf(job.env, await known()));
  git(space.dir, 'clone', '--quiet', '--depth', '2', `file://${user}`, 'head');
  for (const { name, run } of job.steps) {
    if (run === undefined) continue;
    const finished = await space.run(run, {});
    if (name === 'Compare base and head') assertCompared(finished, await space.summary());
    else assert.equal(finished.status, 0, finished.output);
  }
  await assertUploaded(space.dir, job, ['runs/new-01.json', 'base.log', 'head.log']);

  const lab = gitLabJobOf(labCompare);
  git(dir, 'clone', '--quiet', `file://${user}`, 'gitlab');
  const labEnv = {
    ...valuesOf(lab.variables, await known()),
    ...onGitLab,
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
  };
  const labSpace = await workspace(join(dir, 'gitlab'), dir, labEnv);
  const finished = await labSpace.run(lab.script.join('\n'), {});
  assertCompared(finished, await readFile(join(labSpace.dir, 'results/compare.md'), 'utf8'), false);
  await assertResults(labSpace.dir, 'compare');
});

async function ownWorkspace(t: Cleanup): Promise<{
  readonly space: Workspace;
  readonly runStep: (name: string, env?: Record<string, string>) => Promise<FinishedScript>;
}> {
  const dir = await tempDir(t);
  await makeOrigin(dir);
  const { env, steps } = jobOf(own);
  const space = await workspace(join(dir, 'work'), dir, valuesOf(env, { PAIRS: '1' }));
  git(space.dir, 'clone', '--quiet', join(dir, 'origin'), 'head');
  const event = { EVENT: 'pull_request', BEFORE: '', ASKED: '' };
  const runStep = (name: string, more: Record<string, string> = {}): Promise<FinishedScript> => {
    const step = steps.find((one) => one.name === name);
    assert.ok(step?.run !== undefined, `no step ${name}`);
    const stepEnv = valuesOf(step.env ?? {}, event);
    return space.run(step.run, { ...stepEnv, ...more }, step['working-directory']);
  };
  return { space, runStep };
}

/** Makes the checkout's server burn 20 ms for each request; its other commands stay as they are. */
async function slowDown(checkout: string): Promise<void> {
  const slow = join(checkout, 'slow');
  await makeSlowCheckout(slow, { busyUs: 20_000 });
  const server = JSON.stringify(join(slow, 'bin/memobuild.js'));
  await writeFile(
    join(checkout, 'bin/memobuild.js'),
    `#!/usr/bin/env node
await import(process.argv[2] === 'serve' ? ${server} : ${JSON.stringify(programPath)});
`,
  );
}

/** A job of GitLab is none of GitHub's. */
const onGitLab = { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '' };

/** PASS or not depends on the machine; that exit code, annotation and summary agree does not. */
function assertLoadJudged({ status, output }: FinishedScript, summary: string, whenVoid = 0): void {
  const verdict = /^### \S+ (PASS|INVESTIGATE|FAIL|VOID) /m.exec(summary)?.[1];
  assert.ok(verdict !== undefined, `${summary}\n${output}`);
  const expected = { PASS: 0, INVESTIGATE: 0, FAIL: 1, VOID: whenVoid }[verdict];
  assert.equal(status, expected, output);
  const isWarning = verdict === 'VOID' || verdict === 'INVESTIGATE';
  assert.equal(output.includes('::warning'), isWarning && whenVoid === 0, output);
  assert.equal(output.includes('::error'), verdict === 'FAIL' && whenVoid === 0, output);
}

function assertCompared(
  { status, output }: FinishedScript,
  summary: string,
  onGitHub = true,
): void {
  const answer = /^### (NO REGRESSION|REGRESSION|INCONCLUSIVE|NOT COMPARABLE)/m.exec(summary)?.[1];
  assert.ok(answer !== undefined, `${summary}\n${output}`);
  const expected = {
    'NO REGRESSION': [0],
    REGRESSION: [1],
    INCONCLUSIVE: [onGitHub ? 0 : 5],
    // Runs that stayed VOID warn; runs that are not alike fail.
    'NOT COMPARABLE': onGitHub ? [0, 1] : [3, 4],
  }[answer]!;
  assert.ok(expected.includes(status ?? -1), output);
  assert.equal(/^::(warning|error) /m.test(output), answer !== 'NO REGRESSION' && onGitHub, output);
}

/** The artifact's patterns take up what the job was to leave. */
async function assertUploaded(
  dir: string,
  job: GitHubJob,
  files: readonly string[],
): Promise<void> {
  const upload = job.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
  const patterns = upload!.with!.path!.trim().split('\n');
  for (const file of files) {
    assert.ok((await stat(join(dir, file))).isFile(), file);
    const isTaken = patterns.some((one) => {
      const path = one.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
      return new RegExp(`^${path}(?:/|$)`).test(file);
    });
    assert.ok(isTaken, `${file} by ${patterns}`);
  }
}

async function assertResults(dir: string, name: 'loadtest' | 'compare'): Promise<void> {
  assert.ok(readJUnit(await readFile(join(dir, 'results', `${name}.xml`), 'utf8')).length > 0);
  const result = name === 'compare' ? 'runs/new-01.json' : 'loadtest.json';
  assert.ok((await stat(join(dir, 'results', result))).size > 1000);
}
