import assert from 'node:assert/strict';
import test from 'node:test';
import { type HoldVerdict, type SearchLimits, searchRates } from './search-rates.ts';

const limits: SearchLimits = {
  startRate: 50,
  maxRate: 10_000,
  resolution: 0.05,
  stepsMax: 40,
  searchDurationMaxSecs: 1_000,
};

/** A target that meets every rate up to its capacity. */
function upTo(capacity: number): (rate: number) => HoldVerdict {
  return (rate) => (rate <= capacity ? 'met' : 'not_met');
}

async function search(
  answer: (rate: number, attempt: number) => HoldVerdict,
  change: Partial<SearchLimits> = {},
) {
  const held: number[] = [];
  const findings = await searchRates({ ...limits, ...change }, (rate, attempt) => {
    held.push(rate);
    return Promise.resolve(answer(rate, attempt));
  });
  return { ...findings, held };
}

for (const capacity of [50, 77, 123.4, 1000, 6400, 9_999]) {
  test(`a capacity of ${capacity} is bracketed to 5 %`, async () => {
    const { outcome, highestMet = 0, lowestNotMet = 0, held } = await search(upTo(capacity));
    assert.equal(outcome, 'found');
    assert.ok(highestMet <= capacity && capacity < lowestNotMet, `${highestMet} ${lowestNotMet}`);
    assert.ok(lowestNotMet / highestMet <= 1.06, `${lowestNotMet / highestMet}`);
    assert.ok(held.length <= 25, `${held.length} steps`);
  });
}

test('a rate that is not met once and met the second time is met', async () => {
  const noisy = await search((rate, attempt) =>
    attempt === 1 && rate <= 1000 ? 'not_met' : upTo(1000)(rate),
  );
  assert.equal(noisy.outcome, 'found');
  assert.ok((noisy.highestMet ?? 0) > 950 && (noisy.lowestNotMet ?? 0) <= 1060);
});

test('a rate that was met by luck is not confirmed, and the answer is the one below it', async () => {
  // Met once at any rate up to 1,000, and after that only up to 950.
  const lucky = await search((rate, attempt) => upTo(attempt === 1 ? 1000 : 950)(rate));
  assert.equal(lucky.outcome, 'found');
  assert.ok((lucky.highestMet ?? 0) <= 950 && (lucky.highestMet ?? 0) > 850, `${lucky.highestMet}`);
  assert.ok((lucky.lowestNotMet ?? 0) >= 1000);
  assert.equal(lucky.held.filter((rate) => rate === lucky.highestMet).length, 3);
});

test('a rate that fails twice by bad luck is not an upper end', async () => {
  const unlucky = await search((rate, attempt) =>
    rate > 800 && attempt <= 2 ? 'not_met' : upTo(1000)(rate),
  );
  assert.ok((unlucky.lowestNotMet ?? 0) > 1000, `${unlucky.lowestNotMet}`);
});

test('a highest rate that is not met again bounds the search, and a lowest one ends it', async () => {
  const top = await search((rate, attempt) => (attempt === 1 ? 'met' : upTo(250)(rate)), {
    maxRate: 300,
  });
  assert.equal(top.outcome, 'found');
  assert.deepEqual([top.lowestNotMet, (top.highestMet ?? 0) <= 250], [300, true]);
  const none = await search((_, attempt) => (attempt === 1 ? 'met' : 'not_met'), { maxRate: 60 });
  assert.deepEqual([none.outcome, none.highestMet], ['below_start_rate', undefined]);
});

test('a rate whose trial is void is held again, and does not count as not met', async () => {
  const { outcome, highestMet = 0 } = await search(
    (rate, attempt) => (attempt < 3 ? 'void' : upTo(400)(rate)),
    { stepsMax: 200 },
  );
  assert.equal(outcome, 'found');
  assert.ok(highestMet > 380 && highestMet <= 400);
});

test("where the generator is late first, the limit is the generator's", async () => {
  const {
    outcome,
    highestMet = 0,
    lowestNotMet,
    lowestVoid = 0,
  } = await search((rate) => (rate <= 300 ? 'met' : 'void'), { stepsMax: 100 });
  assert.equal(outcome, 'generator_limited');
  assert.equal(lowestNotMet, undefined);
  assert.ok(highestMet <= 300 && lowestVoid > 300 && lowestVoid / highestMet < 1.06);
});

test('late at some rates and not met above them: both are reported', async () => {
  const { outcome, lowestNotMet, lowestVoid } = await search(
    (rate) => (rate <= 200 ? 'met' : rate < 390 ? 'void' : 'not_met'),
    { stepsMax: 100 },
  );
  assert.equal(outcome, 'generator_limited');
  assert.equal(lowestNotMet, 400);
  assert.ok((lowestVoid ?? 0) < 300);
});

test('the ends: below the lowest rate, above the highest, late at once', async () => {
  const below = await search(upTo(10));
  assert.deepEqual(
    [below.outcome, below.stoppedBy, below.held],
    ['below_start_rate', 'start_rate', [50, 50]],
  );
  const above = await search(upTo(1e9), { maxRate: 300 });
  assert.deepEqual(
    [above.outcome, above.highestMet, above.held],
    ['above_max_rate', 300, [50, 100, 200, 300, 300, 300, 300]],
  );
  const late = await search(() => 'void');
  assert.deepEqual(
    [late.outcome, late.lowestVoid, late.highestMet],
    ['generator_limited', 50, undefined],
  );
});

test('steps and time are limited, and the results so far are reported', async () => {
  const few = await search(upTo(1000), { stepsMax: 8 });
  assert.deepEqual([few.outcome, few.stoppedBy, few.held.length], ['found', 'steps', 8]);
  assert.deepEqual([few.highestMet, few.lowestNotMet], [800, 1600]);
  let clockMs = 0;
  const findings = await searchRates(
    { ...limits, searchDurationMaxSecs: 3.5 },
    () => Promise.resolve('met' as const),
    () => (clockMs += 1000),
  );
  assert.deepEqual([findings.outcome, findings.stoppedBy], ['incomplete', 'time']);
});

for (const end of ['interrupted', 'unsafe', 'no_answer', 'max_stored'] as const) {
  test(`${end}: no further rate is held, and the bracket so far is reported`, async () => {
    const ended = await search((rate) => (rate === 400 ? end : 'met'));
    assert.deepEqual(ended.held, [50, 100, 200, 400]);
    assert.deepEqual([ended.stoppedBy, ended.highestMet], [end, 200]);
    assert.equal(ended.outcome, end === 'unsafe' ? 'unsafe' : 'incomplete');
  });
}
