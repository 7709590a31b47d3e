import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notConnected } from './pending-exchange.ts';

const systemError = (code: string, address: string): Error =>
  Object.assign(new Error(`connect ${code} ${address}`), { code });

const refused = [
  systemError('ECONNREFUSED', '::1:80'),
  systemError('ECONNREFUSED', '127.0.0.1:80'),
];

test('a name with several addresses: the reason of each is given', () => {
  const failure = notConnected(new AggregateError(refused));
  assert.equal(failure.kind, 'refused');
  assert.equal(failure.message, 'connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80');
});

for (const code of ['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']) {
  test(`${code} is the generator's own`, () => {
    assert.equal(notConnected(systemError(code, '10.0.0.1:80')).kind, 'generator');
  });
}

test('one address that the machine lacks does not excuse another that refuses', () => {
  const missing = systemError('EADDRNOTAVAIL', '::1:80');
  assert.equal(notConnected(new AggregateError([missing, refused[1]!])).kind, 'refused');
  assert.equal(notConnected(new AggregateError([missing, missing])).kind, 'generator');
});
