import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type Checkout,
  makeReady,
  openCheckout,
  thisCheckout,
} from '../bench/framework/checkout.ts';
import { pairedRatio } from '../bench/framework/paired-ratio.ts';
import { renderPairs, verdictOf } from '../bench/framework/pairs-table.ts';
import type { Row, Sample } from '../bench/framework/row.ts';
import { drawOrder, type Pair, runPairs, summarizePairs } from '../bench/framework/run-pairs.ts';
import { createDataSet, exchange, proveServes, putAll } from '../bench/peers/data-set.ts';
import { startMemobuild } from '../bench/peers/memobuild.ts';
import { standardNormal } from '../src/loadtest/statistics/detectable-change.ts';
import { createRandom, type Random } from '../src/loadtest/statistics/random.ts';
import { makeSlowCheckout } from '../src/testing/slow-checkout.ts';
import { tempDir } from '../src/testing/temp-dir.ts';

describe('the interval of a ratio', () => {
  test("is R's wilcox.test(conf.int = TRUE) on Hollander and Wolfe's depression scores", () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const found = pairedRatio(before.map((value, index) => Math.exp(value - after[index]!)));
    const logs = [found.ratio, found.low, found.high].map((value) => Math.log(value).toFixed(6));
    assert.deepEqual(logs, ['0.460000', '0.010000', '0.786000']);
  });

  test('reaches 95 % from six pairs on, and says so where it does not', () => {
    const levelOf = (pairs: number): number =>
      pairedRatio(Array.from({ length: pairs }, (_, index) => 1 + index / 100)).level;
    assert.equal(levelOf(1), 0);
    assert.equal(levelOf(5), 1 - 2 / 2 ** 5);
    for (const pairs of [6, 7, 15, 16, 40]) {
      assert.ok(levelOf(pairs) >= 0.95 && levelOf(pairs) < 0.98, `${pairs}: ${levelOf(pairs)}`);
    }
  });

  test('refuses what is not a ratio', () => {
    for (const ratios of [[], [1, 0], [1, Number.NaN], [-1], [Number.POSITIVE_INFINITY]]) {
      assert.throws(() => pairedRatio(ratios), RangeError);
    }
  });

  const normal = (random: Random): number => 0.1 * standardNormal(random);
  // A neighbour on the machine takes part in one pair of five.
  const disturbed = (random: Random): number => normal(random) * (random() < 0.2 ? 6 : 1);
  for (const [name, scatter] of Object.entries({ normal, disturbed })) {
    for (const pairs of [6, 15]) {
      test(`covers the truth in 93 of 100 or more: ${pairs} pairs, ${name} scatter of 10 %`, () => {
        const random = createRandom(7, pairs);
        const trials = 2000;
        let covered = 0;
        for (let trial = 0; trial < trials; trial += 1) {
          const ratios = Array.from({ length: pairs }, () => 1.07 * Math.exp(scatter(random)));
          const { low, high } = pairedRatio(ratios);
          if (low <= 1.07 && 1.07 <= high) covered += 1;
        }
        assert.ok(covered >= 0.93 * trials, `${covered} of ${trials}`);
        // Wider than it says would be as wrong.
        assert.ok(covered <= 0.985 * trials, `${covered} of ${trials}`);
      });
    }
  }

  test('is narrow enough: 15 pairs with a scatter of 10 % show a change of a tenth in 9 of 10', () => {
    const random = createRandom(7, 100);
    let found = 0;
    for (let trial = 0; trial < 500; trial += 1) {
      const ratios = Array.from({ length: 15 }, () => 1.1 * Math.exp(normal(random)));
      if (pairedRatio(ratios).low > 1) found += 1;
    }
    assert.ok(found > 450, `${found} of 500`);
  });
});

test('each side goes first in half of the pairs, and not always in the same ones', () => {
  for (const pairs of [6, 15]) {
    const order = drawOrder(pairs);
    assert.equal(order.length, pairs);
    const first = order.filter((side) => side === 'this').length;
    assert.ok(Math.abs(first - pairs / 2) <= 0.5, order.join(' '));
  }
  // The same order of 40 pairs twice: once in a million.
  assert.notDeepEqual(drawOrder(40), drawOrder(40));
});

describe('pairs of turns', () => {
  const checkouts = { this: thisCheckout, other: { ...thisCheckout, dir: '/other' } };
  const options = { checkouts, seconds: 5, say: () => {} };
  const row: Row = {
    name: 'probe',
    title: 'a row for the test',
    target: 1,
    tools: [],
    columns: ['opsPerSec', 'p99Ms', 'errors'],
    contenders: [],
    comparisons: [],
  };

  /** Writes down what is done to it; the first turn of each process is slow, as unwarmed code is. */
  function recording(events: string[]): Row['contenders'][number] {
    return {
      name: 'we',
      role: 'ours',
      prepare: async (context) => {
        const side = context.checkout === checkouts.this ? 'this' : 'other';
        events.push(`start ${side}`);
        context.after(() => void events.push(`stop ${side}`));
        let turn = 0;
        return {
          measure: async ({ seconds }) => {
            turn += 1;
            events.push(`${seconds} s of ${side}`);
            return { opsPerSec: (turn === 1 ? 1 : 100) * (side === 'this' ? 2 : 1) };
          },
        };
      },
    };
  }

  test('are of processes of their own, warmed up and then measured one directly after the other', async () => {
    const events: string[] = [];
    const peer = { ...recording([]), role: 'peer' as const, name: 'they' };
    const [result, ...more] = await runPairs(
      { ...row, contenders: [recording(events), peer] },
      { ...options, pairs: 3 },
    );
    assert.equal(more.length, 0, 'peers take no part');
    const expected = result!.pairs.flatMap(({ first }) => {
      const second = first === 'this' ? 'other' : 'this';
      const prepared = [first, second].flatMap((side) => [`start ${side}`, `2 s of ${side}`]);
      const measured = [first, second].map((side) => `5 s of ${side}`);
      return [...prepared, ...measured, `stop ${second}`, `stop ${first}`];
    });
    assert.deepEqual(events, expected);
    assert.deepEqual(
      result!.pairs.map((pair) => [pair.this.opsPerSec, pair.other.opsPerSec]),
      [200, 200, 200].map((opsPerSec) => [opsPerSec, opsPerSec / 2]),
    );
    const { ratio, low, high } = result!.figures.opsPerSec!;
    assert.deepEqual(
      [ratio, low, high].map((value) => value.toFixed(9)),
      Array(3).fill('2.000000000'),
    );
  });

  test('of a row that takes long to prepare are of one process', async () => {
    const events: string[] = [];
    const slow: Row = { ...row, slow: true, contenders: [recording(events)] };
    await runPairs(slow, { ...options, pairs: 3 });
    assert.equal(events.filter((event) => event.startsWith('start')).length, 2);
    assert.equal(events.filter((event) => event.startsWith('5 s')).length, 6);
  });

  test('an interrupt ends them, and what was started is ended too', async () => {
    const events: string[] = [];
    const controller = new AbortController();
    const contender = recording(events);
    const interrupting: typeof contender = {
      ...contender,
      prepare: async (context) => {
        controller.abort(new Error('interrupted'));
        return contender.prepare(context);
      },
    };
    const { signal } = controller;
    await assert.rejects(
      runPairs({ ...row, contenders: [interrupting] }, { ...options, pairs: 6, signal }),
      /interrupted/,
    );
    const [started, warmed, stopped, ...more] = events;
    assert.match(`${started}, ${warmed}, ${stopped}`, /^start (\w+), 2 s of \1, stop \1$/);
    assert.deepEqual(more, []);
  });

  test('a figure that one side lacks is reported, and errors are summed', () => {
    const pair = (mine: Sample, theirs: Sample): Pair => ({
      first: 'this',
      this: mine,
      other: theirs,
    });
    const result = summarizePairs(row, 'we', [
      ...Array<Pair>(6).fill(
        pair({ opsPerSec: 90, p99Ms: 1, errors: 2 }, { opsPerSec: 100, p99Ms: 2 }),
      ),
      pair({ opsPerSec: 0, p99Ms: 1 }, { opsPerSec: 100, cpuUsPerOp: 3 }),
    ]);
    assert.deepEqual(result.errors, { this: 12, other: 0 });
    assert.deepEqual(Object.keys(result.figures), ['opsPerSec', 'p99Ms']);
    const text = renderPairs(result);
    assert.match(text, /\| ops\/s +\| +90 +\| +100 +\| +0\.900 +\| .*6 of 7 pairs +\| +worse +\|/);
    assert.match(text, /\| p99 ms .*\| +better +\|/);
    assert.match(text, /\| errors +\| +12 +\| +0 +\|/);
  });

  test('an interval that holds 1 says nothing', () => {
    const at = (low: number, high: number) => ({ ratio: 1, low, high, level: 0.95 });
    assert.match(verdictOf('opsPerSec', at(0.99, 1.3)), /no difference/);
    assert.equal(verdictOf('opsPerSec', at(1.01, 1.3)), 'better');
    assert.equal(verdictOf('p99Ms', at(1.01, 1.3)), 'worse');
    assert.equal(verdictOf('cpuUsPerOp', at(0.8, 0.9)), 'better');
  });
});

describe('a checkout', () => {
  /** A checkout of a program of one line, which its build copies. */
  async function tinyCheckout(dir: string): Promise<Checkout> {
    for (const folder of ['bin', 'src/cli', 'scripts'])
      await mkdir(join(dir, folder), { recursive: true });
    await writeFile(join(dir, 'package.json'), '{ "type": "module" }');
    await writeFile(join(dir, 'tsconfig.build.json'), '{}');
    await writeFile(join(dir, 'bin', 'memobuild.js'), "await import('../dist/cli/main.js');");
    await writeFile(join(dir, 'src', 'cli', 'main.js'), "console.log('1');");
    await writeFile(
      join(dir, 'scripts', 'build.mjs'),
      `import { appendFileSync, cpSync } from 'node:fs';
appendFileSync(new URL('../builds', import.meta.url), 'b');
cpSync(new URL('../src', import.meta.url), new URL('../dist', import.meta.url), { recursive: true });`,
    );
    return openCheckout(dir);
  }

  test('is built where it was not or has changed, and only then', async (t) => {
    const dir = await tempDir(t);
    const checkout = await tinyCheckout(dir);
    const builds = (): Promise<string> => readFile(join(dir, 'builds'), 'utf8');
    makeReady(checkout, () => {});
    makeReady(checkout, () => {});
    assert.equal(await builds(), 'b');
    const later = new Date(Date.now() + 60_000);
    await utimes(join(dir, 'src', 'cli', 'main.js'), later, later);
    makeReady(checkout, () => {});
    assert.equal(await builds(), 'bb');
    // A build that finds most of its outputs right leaves them as old as they were.
    const old = new Date(Date.now() - 60_000);
    await utimes(join(dir, 'dist', 'cli', 'main.js'), old, old);
    await writeFile(join(dir, 'dist', 'changed.js'), '');
    await utimes(join(dir, 'dist', 'changed.js'), later, later);
    makeReady(checkout, () => {});
    assert.equal(await builds(), 'bb');
  });

  test('that cannot be built or does not start is refused', async (t) => {
    const dir = await tempDir(t);
    const checkout = await tinyCheckout(dir);
    await writeFile(join(dir, 'src', 'cli', 'main.js'), "throw new Error('no such luck');");
    assert.throws(
      () => makeReady(checkout, () => {}),
      /memobuild\.js does not start.*no such luck/s,
    );
    const later = new Date(Date.now() + 60_000);
    await utimes(join(dir, 'src', 'cli', 'main.js'), later, later);
    await writeFile(join(dir, 'scripts', 'build.mjs'), "throw new Error('no compiler');");
    assert.throws(() => makeReady(checkout, () => {}), /cannot be built; run npm ci.*no compiler/s);
  });
});

test('npm run bench refuses a directory that is not a checkout, and flags that do not go together', async (t) => {
  const empty = await tempDir(t);
  const bench = (...args: readonly string[]): string => {
    const run = join(import.meta.dirname, '..', 'bench', 'run.ts');
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', run, ...args], {
      encoding: 'utf8',
    });
    assert.equal(status, 2, stderr);
    return stderr;
  };
  assert.match(
    bench('--against', '/nowhere/at/all'),
    /^\/nowhere\/at\/all is not a directory; a checkout/,
  );
  assert.match(
    bench('--against', empty),
    /has no bin\/memobuild\.js; a checkout of memobuild is required/,
  );
  assert.match(bench('--pairs', '20'), /^--pairs goes with --against/);
  assert.match(bench('--against', '.', '--rounds', '5'), /^--rounds does not go with --against/);
  assert.match(
    bench('--against', '.', '--pairs', '5'),
    /^--pairs takes a whole number from 6, got '5'/,
  );
});

test('two real builds: the same is measured, and one that was slowed is found slower', async (t) => {
  const dir = await tempDir(t);
  await makeSlowCheckout(dir, { busyUs: 5000 });
  const slowed = openCheckout(dir);
  makeReady(slowed, () => {});
  const requests = 60;
  const data = createDataSet({ count: 5, sizeBytes: 1024 });
  const row: Row = {
    name: 'tiny-hits',
    title: 'hits of 1 KiB, one after the other',
    target: 1,
    tools: [],
    // One start of each side is enough here.
    slow: true,
    columns: ['opsPerSec', 'cpuUsPerOp', 'errors'],
    contenders: [
      {
        name: 'memobuild',
        role: 'ours',
        prepare: async (context) => {
          const server = await startMemobuild(context);
          await putAll(server.url, data);
          await proveServes(server.url, data);
          return {
            measure: async () => {
              const [startedMs, cpuUs] = [performance.now(), server.tree.cpuUs()];
              for (let at = 0; at < requests; at += 1) {
                await exchange(`${server.url}${data.paths[at % 5]!}`, 'GET');
              }
              return {
                opsPerSec: (requests / (performance.now() - startedMs)) * 1000,
                cpuUsPerOp: (server.tree.cpuUs() - cpuUs) / requests,
                errors: 0,
              };
            },
          };
        },
      },
    ],
    comparisons: [],
  };
  const measure = async (other: Checkout, pairs: number) => {
    const checkouts = { this: thisCheckout, other };
    const [result] = await runPairs(row, { checkouts, pairs, seconds: 1, say: () => {} });
    return result!;
  };
  const equal = await measure(thisCheckout, 2);
  assert.deepEqual([equal.row, equal.contender, equal.pairs.length], ['tiny-hits', 'memobuild', 2]);
  for (const metric of ['opsPerSec', 'cpuUsPerOp'] as const) {
    const { low, ratio, high, pairs } = equal.figures[metric]!;
    assert.ok(0 < low && low <= ratio && ratio <= high && pairs === 2, `${low} ${ratio} ${high}`);
  }
  // Each answer costs the slowed server 5 ms of CPU, whatever else the machine does.
  const found = await measure(slowed, 6);
  assert.equal(verdictOf('cpuUsPerOp', found.figures.cpuUsPerOp!), 'better', renderPairs(found));
  assert.ok(found.figures.opsPerSec!.ratio > 1, renderPairs(found));
});
