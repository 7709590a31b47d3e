import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, silentLogger } from '../../../../core/index.ts';
import { CallSlots } from './call-slots.ts';
import { EngineCalls, type EngineCallsOptions } from './engine-calls.ts';
import { RetryBudget } from './retry-budget.ts';

function engineCalls(options: Partial<EngineCallsOptions> = {}): EngineCalls {
  return new EngineCalls({
    engine: 'The engine',
    where: 'here',
    callsMax: 2,
    waitingCallsMax: 2,
    deadlineMs: 60_000,
    attemptTimeoutMs: 20_000,
    retriesSavedMax: 10,
    retryWaitMs: 1,
    retryWaitMsMax: 2,
    probeIntervalMsMax: 1,
    probe: () => Promise.reject(new Error('no sign of life')),
    sort: () => 'in trouble',
    logger: silentLogger,
    ...options,
  });
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CacheError && error.code === code;
}

describe('calls to an engine', () => {
  test('end after so many attempts', async () => {
    const calls = engineCalls({ attemptsMax: 3 });
    let attempts = 0;
    const failing = calls.run(async () => {
      attempts += 1;
      throw new Error('broken');
    });
    await assert.rejects(failing, {
      code: 'unavailable',
      message: 'The engine at here does not answer: broken',
    });
    assert.equal(attempts, 3);
    assert.equal(calls.isAway, false);
  });

  test('end when the signal aborts, before a retry and while they wait for others', async () => {
    const calls = engineCalls({ retryWaitMs: 60_000, retryWaitMsMax: 60_000, deadlineMs: 600_000 });
    const end = new AbortController();
    const retried = calls.run(() => Promise.reject(new Error('broken')), end.signal);
    const underWay = calls.run(() => new Promise<string>(() => {}));
    const waiting = calls.run(() => Promise.resolve('never'), end.signal);
    setImmediate(() => end.abort());
    await assert.rejects(retried, hasCode('aborted'));
    await assert.rejects(waiting, hasCode('aborted'));
    assert.equal(await Promise.race([underWay, Promise.resolve('still')]), 'still');
  });

  test('give their place back, however they end', async () => {
    const calls = engineCalls({ attemptsMax: 1, sort: () => new CacheError('store_full', 'full') });
    for (let call = 0; call < 5; call += 1) {
      const refused = calls.run(() => Promise.reject(new Error('no')));
      await assert.rejects(refused, hasCode('store_full'));
    }
    assert.equal(await calls.run(() => Promise.resolve('there')), 'there');
  });

  test('fail at once while the engine is away, and what was not sent does not make it so', async () => {
    const unsent = engineCalls({ attemptsMax: 20, sort: () => 'unsent' });
    await assert.rejects(
      unsent.run(() => Promise.reject(new Error('unsent'))),
      hasCode('unavailable'),
    );
    assert.equal(unsent.isAway, false);
    const calls = engineCalls();
    let attempts = 0;
    const attempt = (): Promise<never> => {
      attempts += 1;
      return Promise.reject(new Error('broken'));
    };
    for (let call = 0; call < 500 && !calls.isAway; call += 1) {
      await assert.rejects(calls.run(attempt), hasCode('unavailable'));
      await sleep(20);
    }
    assert.equal(calls.isAway, true);
    const before = attempts;
    await assert.rejects(calls.run(attempt), hasCode('unavailable'));
    assert.equal(attempts, before);
    calls.stop();
  });

  test('that are late, or whose signal aborts, are not waited for', async () => {
    const { limits } = engineCalls();
    const never = new Promise<never>(() => {});
    await assert.rejects(limits.keep(never, 1), /there was no answer within 1 ms/);
    await assert.rejects(limits.keep(never, 60_000, AbortSignal.abort()), hasCode('aborted'));
    const end = new AbortController();
    const kept = limits.keep(never, 60_000, end.signal);
    end.abort();
    await assert.rejects(kept, hasCode('aborted'));
  });
});

describe('slots of calls', () => {
  test('are given to those who wait, first come first served, and to no more than wait', async () => {
    const slots = new CallSlots(1, 2, 'Redis');
    const patient = new AbortController();
    assert.equal(slots.takeNow(), true);
    const waiting = [slots.take(patient.signal), slots.take(patient.signal)];
    await assert.rejects(slots.take(patient.signal), hasCode('overloaded'));
    slots.give();
    assert.equal(await waiting[0], true);
    patient.abort();
    assert.equal(await waiting[1], false);
    slots.give();
    assert.equal(slots.takeNow(), true);
    assert.equal(slots.takeNow(), false);
  });
});

describe('a budget of retries', () => {
  test('grants a share of the calls, and some after a quiet time', () => {
    const budget = new RetryBudget(0.25, 2);
    assert.deepEqual(
      [budget.takeRetry(), budget.takeRetry(), budget.takeRetry()],
      [true, true, false],
    );
    for (let call = 0; call < 4; call += 1) budget.called();
    assert.deepEqual([budget.takeRetry(), budget.takeRetry()], [true, false]);
  });
});
