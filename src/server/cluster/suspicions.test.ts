import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Suspicions } from './suspicions.ts';

const minuteMs = 60_000;

test('three crashes within a minute are a reason to look, fewer or slower ones are not', () => {
  const suspicions = new Suspicions();
  assert.equal(suspicions.died('SIGBUS', 0), undefined);
  assert.equal(suspicions.died('SIGSEGV', 50_000), undefined);
  assert.equal(suspicions.died('SIGSEGV', minuteMs + 1), undefined);
  assert.match(suspicions.died('SIGSEGV', minuteMs + 2)!.reason, /crash.*SIGSEGV/);
});

test('workers that end by themselves, or are killed, say nothing about the index', () => {
  const suspicions = new Suspicions();
  for (const how of ['SIGKILL', 'SIGTERM', 1, 0, 'SIGKILL', 'SIGKILL']) {
    assert.equal(suspicions.died(how, 0), undefined);
  }
});

test('crashes that go on after a look in vain are proof, but not those of a full heap', () => {
  for (const [signal, isCertain] of [
    ['SIGSEGV', true],
    ['SIGABRT', false],
  ] as const) {
    const suspicions = new Suspicions();
    const crashes = (nowMs: number): boolean | undefined =>
      [1, 2, 3].map((n) => suspicions.died(signal, nowMs + n)).at(-1)?.isCertain;
    assert.equal(crashes(0), false);
    suspicions.looked(false, 10);
    assert.equal(crashes(20), isCertain, signal);
    suspicions.looked(isCertain, 30);
    assert.equal(crashes(11 * minuteMs), false, 'long after, it is checked first again');
  }
});

test('damage that requests meet counts over all workers', () => {
  const suspicions = new Suspicions();
  assert.equal(suspicions.met(1, 0), undefined);
  assert.equal(suspicions.met(0, 0), undefined);
  assert.equal(suspicions.met(2, 0)?.isCertain, false);
  suspicions.looked(true, 0);
  assert.equal(suspicions.met(2, 1), undefined, 'the count begins anew');
  suspicions.met(1, 1);
  suspicions.looked(false, 2);
  assert.equal(suspicions.met(9, 3), undefined, 'a look in vain is not repeated at once');
  assert.equal(suspicions.met(9, 2 * minuteMs)?.isCertain, false, 'and is never proof');
});

test('an index that cannot be opened is checked, but not twice in a row', () => {
  const suspicions = new Suspicions();
  assert.deepEqual(suspicions.cannotOpen('broken', 0), { reason: 'broken', isCertain: false });
  suspicions.looked(true, 1);
  assert.equal(suspicions.cannotOpen('broken', 2), undefined);
  assert.ok(suspicions.cannotOpen('broken', 2 * minuteMs));
});
