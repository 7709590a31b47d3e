import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../../src/testing/program.ts';

interface Phrase {
  readonly found: RegExp;
  /** What to write instead. */
  readonly instead: string;
}

/** Wording that readers stumble over, or that names what they do not have. */
const phrases: readonly Phrase[] = [
  { found: /\b(look-up|time-out)/i, instead: 'lookup, timeout' },
  { found: /^\s*(\/\/|\/\*\*|\*) Of [a-z]/, instead: 'a sentence with a subject' },
  {
    found: /\b(operation|request|run|row|line|case|file|pair)s? a (side|row|case)\b/,
    instead: 'per',
  },
  { found: /\boperations a (second|minute|client|run)\b/, instead: 'per' },
  { found: /\basked for: /, instead: 'target' },
  { found: /\bcan't tell of\b/, instead: 'inconclusive' },
  { found: /\bsmallest (change )?told\b/, instead: 'minimum detectable' },
  { found: /\bthe time was over\b/, instead: 'elapsed' },
  { found: /\b(is|was|are) gone by\b/, instead: 'has passed' },
  { found: /\b[Tt]old (before|after) each\b/, instead: 'called before each' },
  { found: /\bis not taken here\b/, instead: 'not allowed' },
  { found: /\bonce more stops\b/, instead: 'again stops' },
  {
    found: /(?<!\b[Tt]here )\b(is|are|was|were) no (?!longer|more|less|wider|later|further)\w/,
    instead: 'is not a …',
  },
  { found: /\b(told|tells)\b/i, instead: 'shows, reports, distinguishes, asks' },
  { found: /\bspoil(?!t['":])/, instead: 'invalidate, damage, alter' },
  { found: /\bfor ever\b/, instead: 'forever' },
  { found: /\bcan not\b/, instead: 'cannot' },
  { found: /\b(stood|stands?) still\b/, instead: 'stall' },
  { found: /\b(see|sees|saw) to it\b/i, instead: 'make sure' },
  { found: /\blog-ins?\b/i, instead: 'login' },
  { found: /\bleft-overs?\b/i, instead: 'leftover' },
  { found: /\bof late(?=[.,;]|$)/, instead: 'recently' },
  { found: /\bfor want of\b/, instead: 'for lack of' },
  { found: /\b(work|works|worked|working) out (again|anew)\b/, instead: 'recompute' },
  { found: /\banswers? the exit code\b/, instead: 'returns' },
  { found: /\bin (its|their) turn (?!of)(name|a |be)/, instead: 'itself, further' },
  { found: /\b(that|which) (is|are) none\b(?! of)/, instead: 'is not one, is invalid' },
  { found: /\bmust be a text\b/, instead: 'must be a string' },
  { found: /\b(is|are|was|were) looked at\b/, instead: 'check, examine' },
  { found: /\bcame? of (it|that)\b/, instead: 'the outcome' },
  { found: /\bbelongs? into\b/, instead: 'belongs in' },
  { found: /\btakes the form\b/, instead: 'must have the form' },
  { found: /\bexclude each other\b/, instead: "can't be given together" },
  { found: /\bhang(s|ing)? on (who|what|whether|the )/, instead: 'depend on' },
  {
    found: /\b(MB\/s|ms|µs|bytes|KiB|MiB|GiB) an? (core|hit|entry|request|operation|run)\b/,
    instead: 'per',
  },
  { found: /[.;] Of [a-z]+ [^,]*$/, instead: 'a sentence with a subject' },
  { found: /\bthe guide('s)? |\bDECISIONS\b|\bissue('s| \d)/, instead: 'the thing itself' },
];

/** Files that quote such wording because it is their subject. */
const exceptions: ReadonlySet<string> = new Set(['test/docs/plain-english.test.ts']);

/** Each breach as `file:line: what was found (what to write instead)`. */
function breachesOf(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    phrases.flatMap(({ found, instead }) => {
      const [words] = found.exec(line) ?? [];
      return words === undefined ? [] : [`${file}:${index + 1}: '${words.trim()}' (${instead})`];
    }),
  );
}

test('code, tests and docs are in plain English', async () => {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  const files = listed
    .split('\n')
    .filter((file) => /\.(ts|mts|js|mjs|md|html|txt|ya?ml)$/.test(file) && !exceptions.has(file))
    // Measured tables keep the words in which they were written.
    .filter((file) => !file.startsWith('bench/results/'));
  assert.ok(files.length > 500, `${files.length} files`);
  const breaches = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(repositoryRoot, file), 'utf8').catch(() => '');
      return breachesOf(file, text);
    }),
  );
  assert.deepEqual(breaches.flat(), []);
});

test('a breach is found, with its place', () => {
  assert.deepEqual(breachesOf('a.md', 'fine\nhit rate 65 % (asked for: 75 %)'), [
    "a.md:2: 'asked for:' (target)",
  ]);
  assert.equal(breachesOf('a.ts', '  /** Of the last try. */').length, 1);
  assert.deepEqual(breachesOf('a.ts', '  /** The figures of the last try. */'), []);
});
