import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BazelPath, parseBazelPath as parse } from '../bazel-http/index.ts';
import { mounts, reservedMounts } from '../reserved-mounts.ts';
import { serverProtocols } from '../server-protocols.ts';
import { isTeamName, toolNamespace } from './namespaces.ts';

const hash = 'a'.repeat(64);
const tools = serverProtocols.flatMap(({ namespace }) => namespace ?? []);

function parseBazelPath(url: string): BazelPath {
  return parse(url, reservedMounts);
}

test('no Bazel instance reaches what a tool stored', () => {
  assert.ok(tools.includes('turborepo') && tools.includes('nx') && tools.includes('redis'));
  for (const tool of tools) {
    for (const team of ['', 'team_1']) {
      const namespace = toolNamespace(tool, team);
      assert.equal(reservedMounts.allowsInstance(namespace), false);
      assert.equal(reservedMounts.allowsInstance(`${namespace}/more`), false);
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
  for (const mount of mounts.map((each) => each.slice(1))) {
    assert.equal(reservedMounts.covers(`/${mount}`), true);
    assert.equal(reservedMounts.covers(`/${mount}/ac/${hash}`), true);
    assert.equal(reservedMounts.covers(`/${mount}x/ac/${hash}`), false);
    assert.equal(reservedMounts.allowsInstance(mount), false);
    assert.equal(reservedMounts.allowsInstance(`${mount}/more`), false);
    assert.equal(reservedMounts.allowsInstance(`team/${mount}`), true);
    assert.equal(parseBazelPath(`/${mount}/ac/${hash}`).kind, 'other');
    assert.equal(parseBazelPath(`/${mount}/team/cas/${hash}`).kind, 'other');
    // Encoded, it is not another name.
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
