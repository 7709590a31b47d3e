import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Logger, silentLogger } from '../../../../core/index.ts';
import { needsRedis, startRedis } from '../../../../testing/start-redis.ts';
import { checkEngines } from '../open.ts';
import { parseRedisAddress } from './redis-address.ts';

test('settings of Redis that break promises of the store are warned of', needsRedis, async (t) => {
  const kept = await startRedis(t);
  assert.deepEqual(await warningsOf(kept.url), []);
  const careless = await startRedis(t, ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru']);
  const warnings = await warningsOf(careless.url);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /maxmemory-policy allkeys-lru.*set maxmemory-policy noeviction/);
  assert.match(warnings[1] ?? '', /set appendonly yes/);
});

async function warningsOf(url: string): Promise<string[]> {
  const address = parseRedisAddress(url);
  assert(address !== undefined);
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, message) => warnings.push(message) };
  await checkEngines({ redis: { address }, logger });
  return warnings;
}
