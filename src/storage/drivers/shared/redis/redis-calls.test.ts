import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, silentLogger } from '../../../../core/index.ts';
import { RedisCalls } from './redis-calls.ts';
import {
  type RedisArgument,
  type RedisConnection,
  type RedisReply,
  RedisReplyError,
  UnsentError,
} from './redis-connection.ts';

/** A connection over which a test decides, since the cases are of failures that no Redis makes on demand. */
class ScriptedConnection implements RedisConnection {
  isReady = true;
  lastError = undefined;
  sent = 0;
  resets = 0;
  answer: (args: readonly RedisArgument[]) => Promise<RedisReply> = async () => 'OK';

  async send(args: readonly RedisArgument[]): Promise<RedisReply> {
    this.sent += 1;
    return await this.answer(args);
  }

  reset(): void {
    this.resets += 1;
  }

  async close(): Promise<void> {}
}

function calls(connection: RedisConnection, deadlineMs = 600): RedisCalls {
  return new RedisCalls(connection, { where: 'redis:1', deadlineMs, logger: silentLogger });
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CacheError && error.code === code;
}

describe('calls to Redis', () => {
  for (const failure of [
    new UnsentError('not connected'),
    new RedisReplyError('LOADING the dataset'),
    new RedisReplyError("READONLY You can't write against a read only replica."),
    new Error('Socket closed unexpectedly'),
  ]) {
    test(`are tried again after: ${failure.message}`, async () => {
      const connection = new ScriptedConnection();
      connection.answer = async () => {
        if (connection.sent < 3) throw failure;
        return 'OK';
      };
      assert.equal(await calls(connection).run(() => ['PING']), 'OK');
      assert.equal(connection.sent, 3);
    });
  }

  for (const [message, code] of [
    ["OOM command not allowed when used memory > 'maxmemory'.", 'store_full'],
    ['NOPERM this user has no permissions', 'unavailable'],
    ['ERR anything else', 'unavailable'],
  ] as const) {
    test(`are not tried again after: ${message}`, async () => {
      const connection = new ScriptedConnection();
      connection.answer = async () => {
        throw new RedisReplyError(message);
      };
      await assert.rejects(
        calls(connection).run(() => ['PING']),
        hasCode(code),
      );
      assert.equal(connection.sent, 1);
    });
  }

  test('end in time without an answer, and are made anew for each attempt', async () => {
    const connection = new ScriptedConnection();
    connection.answer = () => new Promise(() => {});
    let made = 0;
    const startedMs = performance.now();
    await assert.rejects(
      calls(connection).run(() => {
        made += 1;
        return ['PING'];
      }),
      hasCode('unavailable'),
    );
    assert(performance.now() - startedMs < 10_000);
    assert(made >= 2 && made === connection.sent, `${made} made, ${connection.sent} sent`);
  });

  test('fail at once after some failures, on a new connection, until Redis answers', async () => {
    const connection = new ScriptedConnection();
    connection.answer = async () => {
      throw new Error('Socket closed unexpectedly');
    };
    const redis = calls(connection);
    for (let call = 0; call < 5; call += 1) {
      await assert.rejects(
        redis.run(() => ['GET']),
        hasCode('unavailable'),
      );
    }
    assert(connection.resets >= 1);
    const sentBefore = connection.sent;
    await assert.rejects(
      redis.run(() => ['GET']),
      hasCode('unavailable'),
    );
    assert(connection.sent - sentBefore <= 1, 'no more than a probe was sent');
    connection.answer = async () => 'OK';
    for (let wait = 0; wait < 1_000; wait += 1) {
      if ((await redis.run(() => ['GET']).catch(() => undefined)) === 'OK') break;
      await sleep(5);
    }
    assert.equal(await redis.run(() => ['GET']), 'OK');
    await redis.close();
  });

  test('wait for a connection that is made anew, however many they are', async () => {
    const connection = new ScriptedConnection();
    connection.answer = async () => {
      if (!connection.isReady) throw new UnsentError('there is no connection');
      return 'OK';
    };
    connection.isReady = false;
    const redis = calls(connection, 30_000);
    const waiting = Array.from({ length: 300 }, () => redis.run(() => ['GET']));
    await sleep(300);
    connection.isReady = true;
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['OK']));
    assert.equal(connection.resets, 0);
  });

  test('keep the order in which they were made', async () => {
    const connection = new ScriptedConnection();
    const order: string[] = [];
    connection.answer = async ([name]) => {
      order.push(String(name));
      return 'OK';
    };
    const redis = calls(connection);
    await Promise.all(['a', 'b', 'c'].map((name) => redis.run(() => [name])));
    assert.deepEqual(order, ['a', 'b', 'c']);
  });
});
