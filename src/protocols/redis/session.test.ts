import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSuiteServer } from '../../testing/start-suite-server.ts';
import { talkRedis } from '../../testing/talk-redis.ts';
import { readToken, type SuiteServer, writeToken } from '../conformance/index.ts';
import { command } from '../conformance/redis-speaker.ts';

function talk(server: SuiteServer, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  return talkRedis(server.redisPort, ...pieces);
}

const quit = command('QUIT');

const dialogues: Readonly<Record<string, readonly [send: string, expect: string]>> = {
  'PING, with and without a message': [
    command('PING') + command('ping', 'hello') + quit,
    '+PONG\r\n$5\r\nhello\r\n+OK\r\n',
  ],
  'SET, GET, EXISTS, STRLEN and DEL': [
    command('SET', 'k', 'value') +
      command('GET', 'k') +
      command('EXISTS', 'k', 'absent', 'k') +
      command('STRLEN', 'k') +
      command('DEL', 'k', 'absent') +
      command('GET', 'k') +
      quit,
    '+OK\r\n$5\r\nvalue\r\n:2\r\n:5\r\n:1\r\n$-1\r\n+OK\r\n',
  ],
  'SELECT takes 0 alone': [
    command('SELECT', '0') + command('SELECT', '1') + quit,
    '+OK\r\n-ERR DB index is out of range: it must be 0\r\n+OK\r\n',
  ],
  'a refused SET is skipped to its end, and the next command is found': [
    command('SET', 'k', '$3\r\nGET\r\n', 'XX', 'EX', '10') + command('GET', 'k') + quit,
    '-ERR syntax error: SET takes NX, EX, PX, EXAT, PXAT and KEEPTTL after its value; XX and GET are not offered\r\n$-1\r\n+OK\r\n',
  ],
  'an unknown command is skipped, too': [
    command('FLUSHALL', 'a', 'b') + command('PING') + quit,
    "-ERR unknown command 'FLUSHALL'\r\n+PONG\r\n+OK\r\n",
  ],
  'a wrong number of arguments': [
    command('GET') + command('GET', 'a', 'b') + quit,
    "-ERR wrong number of arguments for 'get' command\r\n-ERR wrong number of arguments for 'get' command\r\n+OK\r\n",
  ],
};

for (const [what, [send, expect]] of Object.entries(dialogues)) {
  test(`redis: ${what}`, async (t) => {
    const server = await startSuiteServer(t);
    assert.equal(await talk(server, send), expect);
  });
}

test('redis: a dialogue cut into single bytes reads the same', async (t) => {
  const server = await startSuiteServer(t);
  const text = command('SET', 'k', 'a\r\nb') + command('GET', 'k') + quit;
  const answer = await talk(server, ...[...text].map((byte) => Buffer.from(byte)));
  assert.equal(answer, '+OK\r\n$4\r\na\r\nb\r\n+OK\r\n');
});

test('redis: a thousand commands sent at once are answered in order', async (t) => {
  const server = await startSuiteServer(t);
  const numbers = Array.from({ length: 1000 }, (_, index) => String(index));
  const sets = numbers.map((number) => command('SET', `k${number}`, number)).join('');
  const gets = numbers.map((number) => command('GET', `k${number}`)).join('');
  const answer = await talk(server, sets + gets + quit);
  const values = numbers.map((number) => `$${number.length}\r\n${number}\r\n`).join('');
  assert.equal(answer, `${'+OK\r\n'.repeat(1000)}${values}+OK\r\n`);
});

/** What ends the connection: after it nobody knows where a command begins. */
const hostile: Readonly<Record<string, string | Buffer>> = {
  'an HTTP request': 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a line of words that touches entries': 'DEL k\r\n',
  'a line with quotes': 'PING "x\r\n',
  'a line without end': `PING ${'x'.repeat(2000)}`,
  'a line of a browser': 'POST /k HTTP/1.1\r\nHost: x\r\n\r\nPING\r\n',
  'too many arguments': '*1025\r\n',
  'an array of nothing': '*0\r\n',
  'a negative array': '*-1\r\n',
  'a length of no number': '*1\r\n$x\r\n',
  'a negative length': '*1\r\n$-1\r\n',
  'a length without end': `*1\r\n$${'1'.repeat(100)}`,
  'an absurd length of a name': '*1\r\n$999999999999\r\n',
  'an absurd length of a key': '*2\r\n$3\r\nGET\r\n$999999999999\r\n',
  'an absurd length of a value': '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$999999999999\r\n',
  'no end of line after a bulk string': '*1\r\n$4\r\nPINGxx',
  'bytes of chance': Buffer.from([0, 255, 254, 13, 10, 128, 42]),
};

for (const [what, bytes] of Object.entries(hostile)) {
  test(`redis: ${what} is refused and ends the connection`, async (t) => {
    const server = await startSuiteServer(t);
    assert.match(await talk(server, bytes), /^-ERR Protocol error: [ -~]+\r\n$/);
    assert.equal(await server.entries(), 0);
    assert.equal(await talk(server, command('PING') + quit), '+PONG\r\n+OK\r\n');
  });
}

for (const [what, key] of Object.entries({
  'that is empty': '',
  'with a line break': 'a\r\nb',
  'that is too long': 'k'.repeat(513),
  'with a NUL': 'a\0b',
})) {
  test(`redis: a key ${what} is refused`, async (t) => {
    const server = await startSuiteServer(t);
    const answer = await talk(server, command('SET', key, 'v') + command('GET', key) + quit);
    assert.match(answer, /^-ERR invalid_key: [ -~]+\r\n-ERR invalid_key: [ -~]+\r\n\+OK\r\n$/);
    assert.equal(await server.entries(), 0);
  });
}

test('redis: a key that is not UTF-8 is refused', async (t) => {
  const server = await startSuiteServer(t);
  const odd = Buffer.concat([Buffer.from('*2\r\n$3\r\nGET\r\n$2\r\n'), Buffer.of(0xff, 0xfe)]);
  assert.match(await talk(server, odd, `\r\n${quit}`), /^-ERR invalid_key: .*\r\n\+OK\r\n$/);
});

test('redis: AUTH lets in whom it knows, by token or by user and password', async (t) => {
  const server = await startSuiteServer(t, { hasTokens: true });
  const tell = (...commands: string[]): Promise<string> =>
    talk(server, [...commands, quit].join(''));
  const get = command('GET', 'k');
  assert.match(await tell(get), /^-NOAUTH [^\r]*\r\n\+OK\r\n$/);
  assert.match(await tell(command('AUTH', 'wrong'), get), /^-NOAUTH [^\r]*\r\n-NOAUTH /);
  assert.equal(await tell(command('AUTH', readToken), get), '+OK\r\n$-1\r\n+OK\r\n');
  assert.equal(await tell(command('AUTH', 'default', readToken), get), '+OK\r\n$-1\r\n+OK\r\n');
  const set = command('SET', 'k', 'v');
  assert.match(await tell(command('AUTH', readToken), set), /^\+OK\r\n-NOPERM [^\r]*\r\n\+OK\r\n$/);
  assert.equal(await tell(command('AUTH', writeToken), set), '+OK\r\n+OK\r\n+OK\r\n');
  const hello = command('HELLO', '2', 'AUTH', 'default', writeToken);
  assert.match(await tell(hello, get), /^\*14\r\n[\s\S]*\$1\r\nv\r\n\+OK\r\n$/);
});

test('redis: a read-only server deletes nothing', async (t) => {
  const writable = await startSuiteServer(t);
  await talk(writable, command('SET', 'k', 'v') + quit);
  await writable.drain();
  const server = await startSuiteServer(t, { readOnly: true, dir: writable.dir });
  const answer = await talk(server, command('DEL', 'k') + command('GET', 'k') + quit);
  assert.match(answer, /^-READONLY [^\r]*\r\n\$1\r\nv\r\n\+OK\r\n$/);
});
