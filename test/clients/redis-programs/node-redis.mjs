// What redis-libraries.test.ts expects of a client library, with node-redis: URL, RESP version.
import { createClient, RESP_TYPES } from 'redis';

const [url, version] = process.argv.slice(2);
const client = createClient({
  url,
  RESP: Number(version),
  name: 'app',
  socket: { reconnectStrategy: false },
});
await client.connect();
const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
const large = Buffer.alloc(1_000_000, 'ab');
const results = {
  ping: await client.ping(),
  set: await client.set('k', Buffer.from([0, 255, 13, 10])),
  get: (await bytes.get('k')).toString('hex'),
  absent: await client.get('absent'),
  setnx: [Number(await client.setNX('n', 'one')), Number(await client.setNX('n', 'two'))],
  lock: [
    await client.set('l', 'one', { condition: 'NX', expiration: { type: 'EX', value: 60 } }),
    await client.set('l', 'two', { condition: 'NX', expiration: { type: 'PX', value: 60_000 } }),
  ],
  setex: await client.setEx('e', 60, '0123456789'),
  getrange: await client.getRange('e', 2, 4),
  strlen: await client.strLen('e'),
  ttl: [await client.ttl('e'), await client.ttl('absent')],
  expire: Number(await client.expire('e', 60)),
  large: [await client.set('large', large), (await bytes.get('large')).equals(large)],
  exists: await client.exists(['k', 'absent', 'e']),
  name: await client.clientGetName(),
  del: await client.del(['k', 'n', 'l', 'e', 'large', 'absent']),
};
client.destroy();
process.stdout.write(JSON.stringify(results));
