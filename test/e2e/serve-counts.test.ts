import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../src/testing/start-server.ts';
import { freshKey, hashOf, statsOf } from './serve-client.ts';

/** Samples of one metric by their labels, as `a="b",c="d"`. */
async function samplesOf(url: string, name: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] === name) samples.set(match[2] ?? '', Number(match[3]));
  }
  return samples;
}

test('/metrics and stats report the hits and misses that the clients saw', async (t) => {
  const server = await startServer(t, { args: ['--workers', '2'] });
  const seen = new Map<string, number>();
  const count = (space: string, namespace: string, result: string): void => {
    const labels = `space="${space}",namespace="${namespace}",result="${result}"`;
    seen.set(labels, (seen.get(labels) ?? 0) + 1);
  };
  const stored = new Map<string, string[]>();
  const client = async (seed: number): Promise<void> => {
    for (let step = 0; step < 60; step += 1) {
      const namespace = ['', 'team-a', 'team-b'][(seed + step) % 3]!;
      const space = step % 2 === 0 ? 'ac' : 'cas';
      const body = `${seed}/${step}`;
      const key = space === 'cas' ? hashOf(body) : freshKey();
      const known = stored.get(`${space} ${namespace}`) ?? [];
      const asked = known.length > 0 && step % 3 === 0 ? known[step % known.length]! : key;
      const base = `${server.url}${namespace === '' ? '' : `/${namespace}`}/${space}`;
      // Every fourth lookup asks for the head alone; some on connections of their own.
      const init = step % 4 === 0 ? { method: 'HEAD' } : { headers: connectionOf(step) };
      const response = await fetch(`${base}/${asked}`, init);
      await response.arrayBuffer();
      assert.ok(response.status === 200 || response.status === 404);
      count(space, namespace, response.status === 200 ? 'hit' : 'miss');
      if (response.status === 200) continue;
      assert.equal((await fetch(`${base}/${key}`, { method: 'PUT', body })).status, 200);
      stored.set(`${space} ${namespace}`, [...known, key]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, seed) => client(seed)));

  const counted = await samplesOf(server.url, 'memobuild_cache_lookups_total');
  for (const [labels, value] of counted) if (value === 0) counted.delete(labels);
  assert.deepEqual(new Map([...counted].sort()), new Map([...seen].sort()));
  const { lookups } = await statsOf(server.url);
  for (const { space, namespace, hits, misses } of lookups) {
    const labels = `space="${space}",namespace="${namespace}",result=`;
    assert.equal(hits, seen.get(`${labels}"hit"`) ?? 0);
    assert.equal(misses, seen.get(`${labels}"miss"`) ?? 0);
  }
  const requests = await samplesOf(server.url, 'memobuild_http_requests_total');
  const durations = await samplesOf(server.url, 'memobuild_request_duration_seconds_count');
  const ofEntries = (samples: Map<string, number>): number =>
    [...samples]
      .filter(([labels]) => /"(ac|cas)(_\w+)?"/.test(labels))
      .reduce((sum, [, value]) => sum + value, 0);
  assert.equal(ofEntries(durations), ofEntries(requests));
});

function connectionOf(step: number): Record<string, string> {
  return step % 5 === 0 ? { connection: 'close' } : {};
}
