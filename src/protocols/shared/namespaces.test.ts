import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBazelPath } from '../bazel-http/index.ts';
import { isUnderReservedMount, reservedMounts } from './mounts.ts';
import { isInstanceName, isTeamName, toolNamespace } from './namespaces.ts';

const hash = 'a'.repeat(64);

test('no Bazel instance reaches what a tool stored', () => {
  for (const tool of ['turborepo', 'nx', 'redis'] as const) {
    for (const team of ['', 'team_1']) {
      const namespace = toolNamespace(tool, team);
      assert.equal(isInstanceName(namespace), false);
      assert.equal(isInstanceName(`${namespace}/more`), false);
      for (const encoded of [namespace, encodeURIComponent(namespace)]) {
        assert.equal(parseBazelPath(`/${encoded}/ac/${hash}`).kind, 'invalid');
      }
    }
  }
  // A colon further on is part of an instance's name, as some hosts have it.
  assert.deepEqual(parseBazelPath(`/projects/example.com:one/ac/${hash}`), {
    kind: 'entry',
    space: 'ac',
    namespace: 'projects/example.com:one',
    hash,
  });
});

test('a reserved mount wins over an instance of its name', () => {
  for (const mount of reservedMounts) {
    assert.equal(isUnderReservedMount(`/${mount}`), true);
    assert.equal(isUnderReservedMount(`/${mount}/ac/${hash}`), true);
    assert.equal(isUnderReservedMount(`/${mount}x/ac/${hash}`), false);
    assert.equal(isInstanceName(mount), false);
    assert.equal(isInstanceName(`${mount}/more`), false);
    assert.equal(isInstanceName(`team/${mount}`), true);
    assert.equal(parseBazelPath(`/${mount}/ac/${hash}`).kind, 'other');
    assert.equal(parseBazelPath(`/${mount}/team/cas/${hash}`).kind, 'other');
    // Encoded, it is no other name.
    const encoded = `%${mount.charCodeAt(0).toString(16)}${mount.slice(1)}`;
    assert.equal(parseBazelPath(`/${encoded}/ac/${hash}`).kind, 'invalid');
  }
});

test('teams are named so that a namespace has one way to be written', () => {
  for (const name of ['a', 'team_1', 'A.b-c', '0', 'a'.repeat(64)])
    assert.ok(isTeamName(name), name);
  for (const name of ['', '-a', '.', '..', '_a', 'a/b', 'a:b', 'a b', 'é', 'a'.repeat(65)]) {
    assert.ok(!isTeamName(name), name);
  }
});
