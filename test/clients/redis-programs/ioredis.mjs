// What redis-libraries.test.ts expects of a client library, with ioredis: URL.
import { Redis } from 'ioredis';

const client = new Redis(process.argv[2], {
  connectionName: 'app',
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
});
const large = Buffer.alloc(1_000_000, 'ab');
const results = {
  ping: await client.ping(),
  set: await client.set('k', Buffer.from([0, 255, 13, 10])),
  get: (await client.getBuffer('k')).toString('hex'),
  absent: await client.get('absent'),
  setnx: [await client.setnx('n', 'one'), await client.setnx('n', 'two')],
  lock: [
    await client.set('l', 'one', 'EX', 60, 'NX'),
    await client.set('l', 'two', 'PX', 60_000, 'NX'),
  ],
  setex: await client.setex('e', 60, '0123456789'),
  getrange: await client.getrange('e', 2, 4),
  strlen: await client.strlen('e'),
  ttl: [await client.ttl('e'), await client.ttl('absent')],
  expire: await client.expire('e', 60),
  large: [await client.set('large', large), (await client.getBuffer('large')).equals(large)],
  exists: await client.exists('k', 'absent', 'e'),
  name: await client.client('GETNAME'),
  del: await client.del('k', 'n', 'l', 'e', 'large', 'absent'),
};
client.disconnect();
process.stdout.write(JSON.stringify(results));
