import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser';
import { repositoryRoot } from '../../src/testing/program.ts';
import { type GitHubJob, gitLabJobOf, readCiFiles } from './ci-files.ts';

/** What the workflows are; ci-scripts.test.ts runs their lines. */
const { github, gitlab } = await readCiFiles();
const own = github[0]!;
const nightly = github.at(-1)!;

test('two workflows and two GitLab files are shown, beside the two that are this repository’s own', () => {
  assert.deepEqual(
    [...github, ...gitlab].map(({ name }) => name),
    [
      'scalability.yml',
      'cache load',
      'cache compare',
      'nightly.yml',
      'cache-load',
      'cache-compare',
    ],
  );
});

for (const file of github) {
  test(`${file.name} is a workflow by GitHub's own parser, and careful`, async () => {
    assert.deepEqual(await problemsOf(file.source), []);
    const { permissions, jobs } = file.content as {
      permissions: Record<string, string>;
      jobs: Record<string, GitHubJob>;
    };
    assert.ok('concurrency' in (file.content as object));
    for (const job of Object.values(jobs)) {
      assert.ok(job['timeout-minutes'] > 0 && job['timeout-minutes'] <= 60);
      for (const granted of [permissions, job.permissions]) {
        assert.deepEqual({ contents: 'read', ...granted }, { contents: 'read' });
      }
      assert.match(job['runs-on'], /-\d/, 'a machine image of a version');
      for (const { uses, ...step } of job.steps) {
        if (uses !== undefined) assert.match(uses, /^actions\/[\w-]+@(v\d+|[\da-f]{40})$/);
        else assert.notEqual(step.run, undefined);
      }
      const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      for (const step of checkouts) {
        assert.equal(String(step.with?.['persist-credentials']), 'false');
      }
    }
  });
}

test("this repository's actions are pinned to commits, with the version beside them", () => {
  const [pins, nightlyPins] = [own, nightly].map(({ source }) => source.match(/uses: .*/g) ?? []);
  assert.ok(pins!.length >= 3 && nightlyPins!.length >= 2);
  for (const pin of [...pins!, ...nightlyPins!])
    assert.match(pin, /@[\da-f]{40} # v\d+\.\d+\.\d+$/);
  const events = Object.keys((own.content as { on: object }).on);
  assert.deepEqual(events, ['pull_request', 'push', 'schedule', 'workflow_dispatch']);
});

test('what the nightly workflow runs are scripts of this package', async () => {
  const manifest = await readFile(join(repositoryRoot, 'package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
  const ran = [...nightly.source.matchAll(/run: npm run (\S+)/g)].map(([, name]) => name!);
  assert.deepEqual(ran, ['mutate']);
  for (const name of ran) assert.ok(name in scripts, name);
});

test('the parser sees what is wrong', async () => {
  for (const [was, is] of [
    ['timeout-minutes', 'timeout_minutes'],
    ['!cancelled()', '!canceled()'],
    ['github.event_name ==', 'github.event_name ='],
  ] as const) {
    assert.notDeepEqual(await problemsOf(own.source.replace(was, is)), [], is);
  }
});

for (const file of gitlab) {
  test(`${file.name} for GitLab has a bound, a pinned image, and warns where there is no answer`, () => {
    const job = gitLabJobOf(file);
    assert.match(job.image, /^node:\d+\.\d+\.\d+-/);
    assert.match(job.timeout, /^\d+ minutes$/);
    assert.deepEqual([job.allow_failure.exit_codes].flat(), file === gitlab[0] ? [4] : [4, 5]);
    assert.equal(job.artifacts.when, 'always');
    assert.match(job.artifacts.reports.junit, /^results\/\w+\.xml$/);
    assert.ok(job.script.every((line) => typeof line === 'string'));
    const known = new Set([
      ...[
        'image',
        'timeout',
        'resource_group',
        'interruptible',
        'rules',
        'variables',
        'script',
        'after_script',
      ],
      ...['allow_failure', 'artifacts'],
    ]);
    assert.deepEqual(
      Object.keys(job).filter((key) => !known.has(key)),
      [],
    );
  });
}

async function problemsOf(content: string): Promise<string[]> {
  const parsed = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  const errors = parsed.context.errors.getErrors().map(({ message }) => message);
  if (parsed.value === undefined || errors.length > 0) return errors;
  const template = await convertWorkflowTemplate(parsed.context, parsed.value);
  return template.errors?.map(({ Message }) => Message) ?? [];
}
