import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memobuildVersion } from '../../core/index.ts';
import { startSuiteServer } from '../../testing/start-suite-server.ts';
import { talkRedis } from '../../testing/talk-redis.ts';
import { readToken, writeToken } from '../conformance/index.ts';
import { command } from '../conformance/redis-speaker.ts';

/** Commands as words in one string, and the reply to each, in its wire form. */
type Dialogue = readonly (readonly [words: string, reply: string])[];

const ok = '+OK\r\n';
const number = (value: number): string => `:${value}\r\n`;
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const none = '$-1\r\n';
const version = bulk(memobuildVersion);
const options =
  '-ERR syntax error: SET takes NX, EX, PX, EXAT, PXAT and KEEPTTL after its value; XX and GET are not offered\r\n';
const nan = '-ERR value is not an integer or out of range\r\n';

const dialogues: Readonly<Record<string, Dialogue>> = {
  'SETNX stores once': [
    ['SETNX k one', number(1)],
    ['SETNX k two', number(0)],
    ['GET k', bulk('one')],
  ],
  'SET with NX stores once, whatever else it asks for': [
    ['SET k one NX EX 10', ok],
    ['SET k two nx', none],
    ['SET k two EX 10 NX', none],
    ['GET k', bulk('one')],
  ],
  'a time to live is a hint': [
    ['SET k v EX 10', ok],
    ['SET k w px 10000', ok],
    ['SET k x EXAT 9999999999', ok],
    ['SET k y KEEPTTL', ok],
    ['SETEX k 10 z', ok],
    ['PSETEX k 10000 last', ok],
    ['GET k', bulk('last')],
    ['TTL k', number(-1)],
    ['PTTL k', number(-1)],
    ['TTL absent', number(-2)],
    ['PTTL absent', number(-2)],
    ['EXPIRE k 10', number(0)],
    ['PEXPIRE k 10', number(0)],
    ['EXPIRE absent 10', number(0)],
    ['PERSIST k', number(0)],
    ['GET k', bulk('last')],
  ],
  'a time that is over deletes': [
    ['SET k v', ok],
    ['EXPIRE k 0', number(1)],
    ['GET k', none],
    ['PEXPIRE k -1', number(0)],
  ],
  'what would not be kept is refused, and stores nothing': [
    ['SET k v XX', options],
    ['SET k v GET', options],
    ['SET k v EX', nan],
    ['SET k v EX ten', nan],
    ['SET k v EX 0', "-ERR invalid expire time in 'set' command\r\n"],
    ['SET k v EX 1 PX 1', '-ERR syntax error: SET takes one of EX, PX, EXAT, PXAT and KEEPTTL\r\n'],
    ['SETEX k -1 v', "-ERR invalid expire time in 'setex' command\r\n"],
    ['PSETEX k x v', nan],
    [
      'EXPIRE k 10 NX',
      '-ERR syntax error: EXPIRE takes a key and a time; its conditions are not offered\r\n',
    ],
    ['GET k', none],
  ],
  'GETRANGE and STRLEN': [
    ['SET k 0123456789', ok],
    ['STRLEN k', number(10)],
    ['GETRANGE k 2 4', bulk('234')],
    ['GETRANGE k -3 -1', bulk('789')],
    ['GETRANGE k 0 -1', bulk('0123456789')],
    ['GETRANGE k 8 100', bulk('89')],
    ['GETRANGE k 10 20', bulk('')],
    ['GETRANGE k 5 2', bulk('')],
    ['GETRANGE k -100 0', bulk('0')],
    ['GETRANGE absent 0 5', bulk('')],
    ['GETRANGE k a 5', nan],
  ],
  'HELLO chooses the version of the replies': [
    [
      'HELLO 3',
      `%7\r\n${bulk('server')}${bulk('memobuild')}${bulk('version')}${version}${bulk('proto')}:3\r\n${bulk('id')}:ID\r\n${bulk('mode')}${bulk('standalone')}${bulk('role')}${bulk('master')}${bulk('modules')}*0\r\n`,
    ],
    ['GET absent', '_\r\n'],
    ['CLIENT GETNAME', '_\r\n'],
    ['SET k v', ok],
    ['SET k v NX', '_\r\n'],
    [
      'CLIENT TRACKINGINFO',
      `%3\r\n${bulk('flags')}~1\r\n${bulk('off')}${bulk('redirect')}:-1\r\n${bulk('prefixes')}*0\r\n`,
    ],
    ['HELLO 4', '-NOPROTO unsupported protocol version: 2 and 3 are supported\r\n'],
    ['GET absent', '_\r\n'],
    [
      'HELLO 2 SETNAME x',
      `*14\r\n${bulk('server')}${bulk('memobuild')}${bulk('version')}${version}${bulk('proto')}:2\r\n${bulk('id')}:ID\r\n${bulk('mode')}${bulk('standalone')}${bulk('role')}${bulk('master')}${bulk('modules')}*0\r\n`,
    ],
    ['GET absent', none],
    ['CLIENT GETNAME', bulk('x')],
    ['HELLO 3 FOO', '-ERR syntax error: HELLO takes AUTH and SETNAME\r\n'],
    ['GET absent', none],
  ],
  'CLIENT answers what is so': [
    ['CLIENT ID', ':ID\r\n'],
    ['CLIENT GETNAME', none],
    ['CLIENT SETNAME worker-1', ok],
    ['CLIENT GETNAME', bulk('worker-1')],
    ['CLIENT SETINFO LIB-NAME lib', ok],
    ['client setinfo lib-ver 1.2', ok],
    ['CLIENT SETINFO LIB-COLOUR red', "-ERR Unrecognized option 'LIB-COLOUR'\r\n"],
    ['CLIENT TRACKING OFF', ok],
    ['CLIENT TRACKING ON', '-ERR not offered: invalidations of keys\r\n'],
    ['CLIENT GETREDIR', number(-1)],
    ['CLIENT NO-EVICT OFF', ok],
    ['CLIENT NO-TOUCH ON', '-ERR not offered: lookups that do not count as uses\r\n'],
    ['CLIENT NO-TOUCH maybe', '-ERR syntax error: ON or OFF\r\n'],
    ['CLIENT KILL x', "-ERR unknown subcommand 'KILL' of 'client'\r\n"],
    ['CLIENT SETNAME', "-ERR wrong number of arguments for 'client|setname' command\r\n"],
    ['ECHO x', bulk('x')],
  ],
};

test('redis: dialogues', async (t) => {
  const server = await startSuiteServer(t);
  for (const [what, dialogue] of Object.entries(dialogues)) {
    await t.test(what, async () => {
      const sent = dialogue.map(([words]) => command(...words.split(' ')));
      const answer = await talkRedis(
        server.redisPort,
        ...sent,
        command('DEL', 'k'),
        command('QUIT'),
      );
      const expected = dialogue.map(([, reply]) => reply).join('');
      const received = answer.replace(/:\d{10,}\r\n/g, ':ID\r\n').replace(/:\d\r\n\+OK\r\n$/, '');
      assert.equal(received, expected);
    });
  }
});

test('redis: each connection has an id of its own, and says what it knows of its client', async (t) => {
  const { redisPort } = await startSuiteServer(t);
  const sent = command('CLIENT', 'SETINFO', 'LIB-NAME', 'lib') + command('CLIENT', 'ID');
  const ask = (): Promise<string> =>
    talkRedis(redisPort, sent + command('CLIENT', 'INFO') + command('QUIT'));
  const ids = [await ask(), await ask()].map((answer) => {
    const [, id, line] = /^\+OK\r\n:(\d+)\r\n\$\d+\r\n(.*)\n\r\n\+OK\r\n$/.exec(answer) ?? [];
    assert.equal(line, `id=${id} name= db=0 resp=2 lib-name=lib lib-ver=`);
    assert.ok(Number.isSafeInteger(Number(id)));
    return id;
  });
  assert.notEqual(ids[0], ids[1]);
});

test('redis: a line of words is taken where it touches no entry', async (t) => {
  const { redisPort } = await startSuiteServer(t);
  assert.equal(
    await talkRedis(redisPort, 'PING\r\n', 'ping  hello\r\n', 'QUIT\r\n'),
    '+PONG\r\n$5\r\nhello\r\n+OK\r\n',
  );
  assert.match(
    await talkRedis(redisPort, 'info replication\r\n', 'QUIT\r\n'),
    /\r\nrole:master\r\n/,
  );
  const mixed = await talkRedis(redisPort, command('PING'), 'PING\r\n', command('QUIT'));
  assert.equal(mixed, '+PONG\r\n+PONG\r\n+OK\r\n');
});

/** Larger than what is held in memory for a condition that comes after the value. */
const large = 'x'.repeat(300_000);

test('redis: a large value with options is stored as it comes, and one with wrong options is not', async (t) => {
  const { redisPort } = await startSuiteServer(t);
  const say = async (...words: readonly string[]): Promise<string> =>
    (await talkRedis(redisPort, command(...words), command('QUIT'))).replace(/\+OK\r\n$/, '');
  assert.match(await say('SET', 'k', large, 'XX'), /^-ERR syntax error: .*\r\n$/);
  assert.match(await say('SET', 'k', large, 'EX', '0'), /^-ERR invalid expire time/);
  assert.match(
    await say('SET', 'k', large, 'NX'),
    /^-ERR syntax error: SET takes NX with values up to 65536 bytes; SETNX/,
  );
  assert.equal(await say('GET', 'k'), none);
  assert.equal(await say('SET', 'k', large, 'EX', '60'), ok);
  assert.equal(await say('GET', 'k'), bulk(large));
  assert.equal(await say('GETRANGE', 'k', '299990', '-1'), bulk('x'.repeat(10)));
  assert.equal(await say('SETNX', 'k', `${large}y`), number(0));
  assert.equal(await say('SETNX', 'other', `${large}y`), number(1));
  assert.equal(await say('STRLEN', 'other'), number(300_001));
});

test('redis: of many SET NX at once one wins', async (t) => {
  const { redisPort } = await startSuiteServer(t);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      talkRedis(redisPort, command('SET', 'lock', `holder ${index}`, 'NX') + command('QUIT')),
    ),
  );
  assert.equal(answers.filter((answer) => answer === ok + ok).length, 1);
  assert.equal(answers.filter((answer) => answer === none + ok).length, 19);
});

test('redis: a reader changes nothing by any of the commands', async (t) => {
  const { redisPort } = await startSuiteServer(t, { hasTokens: true });
  const auth = (token: string): string => command('AUTH', token);
  await talkRedis(redisPort, auth(writeToken) + command('SET', 'k', 'v') + command('QUIT'));
  for (const words of [
    'SETNX l v',
    'SETEX k 1 v',
    'PSETEX k 1 v',
    'EXPIRE k 0',
    'PEXPIRE k 0',
    'PERSIST k',
  ]) {
    const sent = auth(readToken) + command(...words.split(' ')) + command('GET', 'k');
    const answer = await talkRedis(redisPort, sent + command('QUIT'));
    assert.match(answer, /^\+OK\r\n-NOPERM [^\r]*\r\n\$1\r\nv\r\n\+OK\r\n$/, words);
    const stranger = await talkRedis(redisPort, command(...words.split(' ')) + command('QUIT'));
    assert.match(stranger, /^-NOAUTH /, words);
  }
});

/** What client libraries send before their first command, as recorded or after their source. */
const openings: Readonly<Record<string, readonly string[]>> = {
  'go-redis 9': [
    'HELLO 3 AUTH default TOKEN',
    'CLIENT SETNAME app',
    'CLIENT SETINFO LIB-NAME go-redis(,go1.23)',
    'CLIENT SETINFO LIB-VER 9.7.0',
  ],
  'jedis 6': [
    'HELLO 3 AUTH default TOKEN',
    'CLIENT SETNAME app',
    'CLIENT SETINFO lib-name jedis',
    'CLIENT SETINFO lib-ver 6.0.0',
  ],
  'lettuce 6': [
    'HELLO 3 AUTH default TOKEN SETNAME app',
    'CLIENT SETINFO lib-name Lettuce',
    'CLIENT SETINFO lib-ver 6.5.0',
  ],
  'redis-py 5 with RESP3': [
    'HELLO 3 AUTH default TOKEN',
    'CLIENT SETINFO LIB-NAME redis-py',
    'CLIENT SETINFO LIB-VER 5.2.0',
    'SELECT 0',
  ],
  'redis-rs': ['AUTH TOKEN', 'CLIENT SETINFO LIB-NAME redis-rs', 'CLIENT SETINFO LIB-VER 0.27.5'],
};

test('redis: the openings of client libraries pass without an error', async (t) => {
  const { redisPort } = await startSuiteServer(t, { hasTokens: true });
  for (const [library, lines] of Object.entries(openings)) {
    const sent = [...lines, 'SET k v', 'GET k', 'QUIT'].map((line) =>
      command(...line.replace('TOKEN', writeToken).split(' ')),
    );
    const answer = await talkRedis(redisPort, ...sent);
    assert.doesNotMatch(answer, /(?:^|\n)-/, library);
    assert.ok(answer.endsWith(`${ok}$1\r\nv\r\n${ok}`), `${library}: ${answer}`);
  }
});
