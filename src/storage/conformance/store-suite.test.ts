import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { repositoryRoot } from '../../testing/program.ts';

const exactOnly = [
  'never exceeds the bound, 1000 bytes per entry',
  'lets a result go before its blobs, 4 blobs of 1000 bytes later',
];
const strictOnly = [
  'evicts what was used longest ago, 1000 bytes per entry',
  'counts a use without reading, 1000 bytes per entry',
  'keeps the blobs of a result longer than the result, 1000 bytes',
];
const bothBound = ['both keep one bound'];

/** What the suite must find in each altered store; the cases named are some of those of a kind. */
const expectations: readonly {
  readonly variant: string;
  readonly fails: readonly string[];
  readonly skips: Readonly<Record<string, readonly string[]>>;
}[] = [
  { variant: 'whole', fails: [], skips: {} },
  {
    variant: 'declares-nothing',
    fails: [],
    skips: {
      'the driver does not declare exactBound': exactOnly,
      'the driver does not declare exactBound and strictLru': strictOnly,
      "the driver declares sharedBy 'process'": ['two stores on one backend'],
    },
  },
  {
    variant: 'inexact-and-unbounded',
    fails: ['comes back below the bound soon, 1000 bytes per entry'],
    skips: { 'the driver does not declare exactBound': [...exactOnly, ...bothBound] },
  },
  { variant: 'unbounded', fails: [...exactOnly, ...strictOnly, ...bothBound], skips: {} },
  {
    variant: 'apart',
    fails: [
      'each finds at once what the other wrote, 1000 bytes',
      'a purge by one is seen by the other, 1000 bytes',
      'of two writes to one key at once one is kept whole, 1000 bytes',
      'of two writes that require the key to be absent one succeeds',
      'what one drops as damaged is gone for the other',
      'one closes and the other keeps working',
      ...bothBound,
    ],
    skips: {},
  },
  {
    variant: 'remembers-purged',
    fails: ['a purge by one is seen by the other, 1000 bytes'],
    skips: {},
  },
  {
    variant: 'overwrites-absent',
    fails: ['of two writes that require the key to be absent one succeeds'],
    skips: {},
  },
];

describe('the suite over stores that are altered', { concurrency: 2 }, () => {
  for (const { variant, fails, skips } of expectations) {
    test(variant, async () => {
      const { failed, skipped } = await runSuite(variant);
      if (fails.length === 0) assert.deepEqual(failed, []);
      for (const name of fails) assert.ok(failed.includes(name), `${name} passes`);
      for (const [reason, names] of Object.entries(skips)) {
        for (const name of names) assert.equal(skipped.get(name), reason, name);
      }
      if (Object.keys(skips).length === 0) assert.equal(skipped.size, 0);
    });
  }
});

async function runSuite(
  variant: string,
): Promise<{ failed: readonly string[]; skipped: ReadonlyMap<string, string> }> {
  const program = join(import.meta.dirname, '../drivers/memory/testing/altered-stores.ts');
  // A test runner that finds this variable reports to the one above it and not on stdout.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test-reporter', 'tap', program, variant],
    { cwd: repositoryRoot, env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const tap = await text(child.stdout);
  assert.match(tap, /^# tests \d+$/m);
  const named = /^ *not ok \d+ - (.*)$/gm;
  const failed = [...tap.matchAll(named)].map(([, name]) => name ?? '');
  const skipped = [...tap.matchAll(/^ *ok \d+ - (.*) # SKIP (.*)$/gm)].map(
    ([, name = '', reason = '']) => [name, reason] as const,
  );
  return { failed, skipped: new Map(skipped) };
}
