import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plants, plantViolation } from '../../../testing/plant-violation.ts';
import { hasOrder } from '../../../testing/search-order.ts';
import { simulateHistory } from '../../../testing/simulate-history.ts';
import { createRandom, type Random } from '../../statistics/random.ts';
import { checkHistory } from './check-history.ts';
import type { EvictionSample, FaultEvent, Operation } from './operation.ts';

const histories = 1_000;
const bare = { keys: {}, evictions: [] as EvictionSample[], faults: [] as FaultEvent[] };

describe('histories of a register that is right', () => {
  test('give no alarm, with writes that have no answer and writes that are refused', () => {
    for (let seed = 0; seed < histories; seed += 1) {
      const { operations } = simulateHistory(seed);
      assert.deepEqual(checkHistory({ ...bare, operations }).violations, [], `seed ${seed}`);
    }
  });

  test('give none where entries are evicted, whose misses are counted apart', () => {
    let excused = 0;
    for (let seed = 0; seed < histories; seed += 1) {
      const { operations, evictions } = simulateHistory(seed, { evictions: 3 });
      const check = checkHistory({ ...bare, operations, evictions });
      assert.deepEqual(check.violations, [], `seed ${seed}`);
      excused += check.excusedMisses;
    }
    assert.ok(excused > histories, `${excused} excused misses`);
  });
});

describe('a planted violation is found', () => {
  for (const kind of Object.keys(plants) as (keyof typeof plants)[]) {
    test(kind, () => {
      let [planted, found, named] = [0, 0, 0];
      for (let seed = 0; seed < histories; seed += 1) {
        const operations = plantViolation(kind, simulateHistory(seed), seed);
        if (operations === undefined) continue;
        planted += 1;
        const { violations, counts } = checkHistory({ ...bare, operations });
        if (violations.length > 0) found += 1;
        if (counts[kind] > 0) named += 1;
        for (const { proof } of violations) assert.ok(proof.length > 0 && proof.length <= 6);
      }
      assert.ok(planted > histories / 20, `${planted} planted`);
      assert.equal(found, planted);
      // A changed read may contradict other operations first, under another name.
      assert.ok(named > planted * 0.4, `${named} of ${planted} named`);
    });
  }

  test('although misses around it are excused by evictions', () => {
    let [planted, found] = [0, 0];
    for (let seed = 0; seed < histories; seed += 1) {
      const history = simulateHistory(seed, { evictions: 3 });
      const operations = plantViolation('stale read', history, seed);
      if (operations === undefined) continue;
      planted += 1;
      const { evictions } = history;
      if (checkHistory({ ...bare, operations, evictions }).violations.length > 0) found += 1;
    }
    assert.ok(planted > histories / 20, `${planted} planted`);
    assert.equal(found, planted);
  });
});

test('small histories with any reads are judged as trying all orders judges them', () => {
  const random = createRandom(7, 0);
  let right = 0;
  for (let n = 0; n < 4_000; n += 1) {
    const operations = anyHistory(random);
    const expected = hasOrder(operations);
    const { violations } = checkHistory({ ...bare, operations });
    assert.equal(violations.length === 0, expected, JSON.stringify(operations));
    if (expected) right += 1;
  }
  assert.ok(right > 400 && right < 3_600, `${right} of 4000 are right`);
});

/** Seven operations on a coarse clock, so that moments coincide, with values drawn at random. */
function anyHistory(random: Random): Operation[] {
  const writes = 1 + Math.floor(random() * 3);
  return Array.from({ length: 7 }, (_, n): Operation => {
    const invokedMs = Math.floor(random() * 12);
    const endedMs = invokedMs + 1 + Math.floor(random() * 6);
    const asked = { client: n, node: 0, key: 'k', invokedMs, endedMs };
    if (n < writes) {
      const outcome = (['ok', 'ok', 'ok', 'unknown', 'failed'] as const)[Math.floor(random() * 5)]!;
      return { ...asked, kind: 'write', value: `${n}`, outcome };
    }
    const value = Math.floor(random() * (writes + 0.5));
    return value >= writes
      ? { ...asked, kind: 'read', outcome: 'miss' }
      : { ...asked, kind: 'read', outcome: 'value', value: `${value}` };
  });
}

describe('what the wording of the promises excuses', () => {
  const asked = (client: number, invokedMs: number, endedMs: number) => ({
    client,
    node: 0,
    key: 'k',
    invokedMs,
    endedMs,
  });
  const write = (value: string, fromMs: number): Operation => ({
    ...asked(1, fromMs, fromMs + 1),
    kind: 'write',
    value,
    outcome: 'ok',
  });
  const read = (value: string, fromMs: number): Operation => ({
    ...asked(2, fromMs, fromMs + 1),
    kind: 'read',
    outcome: 'value',
    value,
  });
  const miss = (fromMs: number): Operation => ({
    ...asked(2, fromMs, fromMs + 1),
    kind: 'read',
    outcome: 'miss',
  });
  const evictedAt = (atMs: number): EvictionSample[] =>
    [0, 10, 20, 30, 40, 50].map((askedMs) => ({
      askedMs,
      answeredMs: askedMs,
      evictedEntries: askedMs >= atMs ? 5 : 4,
    }));
  const failover: FaultEvent = { kind: 'failover', fromMs: 20, untilMs: 22, what: 'promoted' };
  const cases: {
    name: string;
    operations: Operation[];
    evictions?: EvictionSample[];
    faults?: FaultEvent[];
    losableMs?: number;
    kinds: string[];
    excused?: number;
    lost?: number;
  }[] = [
    { name: 'a miss', operations: [write('a', 1), miss(25)], kinds: ['lost write'] },
    {
      name: 'a miss after an eviction',
      operations: [write('a', 1), miss(25)],
      evictions: evictedAt(20),
      kinds: [],
      excused: 1,
    },
    {
      name: 'a miss before the eviction',
      operations: [write('a', 1), miss(12)],
      evictions: evictedAt(30),
      kinds: ['lost write'],
    },
    {
      name: 'a miss after an eviction that came before the write',
      operations: [write('a', 21), miss(35)],
      evictions: evictedAt(20),
      kinds: ['lost write'],
    },
    {
      name: 'a miss after an eviction that came before a read of the value',
      operations: [write('a', 1), read('a', 21), miss(35)],
      evictions: evictedAt(20),
      kinds: ['lost write'],
    },
    {
      name: 'a value that returns after an excused miss',
      operations: [write('a', 1), miss(25), read('a', 35)],
      evictions: evictedAt(20),
      kinds: ['returned value'],
      excused: 1,
    },
    {
      name: 'a value that is written again after an excused miss',
      operations: [write('a', 1), miss(25), write('b', 30), read('b', 35)],
      evictions: evictedAt(20),
      kinds: [],
      excused: 1,
    },
    {
      name: 'a count that falls',
      operations: [write('a', 1), miss(25)],
      evictions: evictedAt(20).map((sample) => ({
        ...sample,
        evictedEntries: 9 - sample.evictedEntries,
      })),
      kinds: ['lost write'],
    },
    {
      name: 'an older value after a failover',
      operations: [write('a', 1), write('b', 15), read('a', 30)],
      faults: [failover],
      losableMs: 10,
      kinds: [],
      lost: 1,
    },
    {
      name: 'an older value after a failover that may lose nothing',
      operations: [write('a', 1), write('b', 15), read('a', 30)],
      faults: [failover],
      kinds: ['stale read'],
    },
    {
      name: 'a value that was there after the failover, and then an older one',
      operations: [write('a', 1), write('b', 15), read('b', 25), read('a', 30)],
      faults: [failover],
      losableMs: 10,
      kinds: ['stale read'],
    },
    {
      name: 'an older value after a failover, where the newer was not written within the bound',
      operations: [write('a', 1), write('b', 5), read('a', 30)],
      faults: [failover],
      losableMs: 10,
      kinds: ['stale read'],
    },
    {
      name: 'a miss after a failover',
      operations: [write('a', 15), miss(30)],
      faults: [failover],
      losableMs: 10,
      kinds: [],
      lost: 1,
    },
    {
      name: 'a miss after a failover, of a key that had a value long before',
      operations: [write('a', 1), write('b', 15), miss(30)],
      faults: [failover],
      losableMs: 10,
      kinds: ['lost write'],
    },
    {
      name: 'a miss after the kill of a node',
      operations: [write('a', 15), miss(30)],
      faults: [{ ...failover, kind: 'kill' }],
      losableMs: 10,
      kinds: ['lost write'],
    },
  ];
  for (const { name, operations, kinds, losableMs, excused = 0, lost = 0, ...given } of cases) {
    test(`${name}: ${kinds.join() || 'excused'}`, () => {
      const check = checkHistory(
        { ...bare, ...given, operations },
        losableMs === undefined ? {} : { losableMs },
      );
      assert.deepEqual(
        check.violations.map(({ kind }) => kind),
        kinds,
      );
      assert.equal(check.excusedMisses, excused);
      assert.equal(check.lostInFailover, lost);
    });
  }
});

test('content has one value, which may come back after an eviction', () => {
  const operations: Operation[] = [
    { ...at(0, 1), kind: 'write', value: 'digest', outcome: 'ok' },
    { ...at(10, 11), kind: 'read', outcome: 'miss' },
    { ...at(12, 13), kind: 'write', value: 'digest', outcome: 'ok' },
    { ...at(14, 15), kind: 'read', outcome: 'value', value: 'digest' },
    { ...at(20, 21), kind: 'read', outcome: 'miss' },
  ];
  const evictions = [0, 5, 9, 30].map((askedMs) => ({
    askedMs,
    answeredMs: askedMs,
    evictedEntries: askedMs > 4 ? 1 : 0,
  }));
  const check = checkHistory({ ...bare, keys: { k: 'content' }, operations, evictions });
  assert.deepEqual(
    check.violations.map(({ kind }) => kind),
    ['lost write'],
  );
  assert.equal(check.excusedMisses, 1);
});

function at(invokedMs: number, endedMs: number) {
  return { client: 0, node: 0, key: 'k', invokedMs, endedMs };
}
