import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookupCounters, otherNamespaces } from './lookup-counters.ts';

const namesOf = (counters: LookupCounters): string[] =>
  counters.rows().map(({ namespace }) => namespace);

test('names that a client makes up do not push out those in which something is', () => {
  const counters = new LookupCounters(3);
  counters.of('found', 'ac').hits += 1;
  for (let index = 0; index < 50; index += 1) {
    counters.of(`made-up-${index}`, 'ac').misses += 1;
    // The empty blob is found under any name.
    counters.of(`made-up-${index}`, 'cas').hits += 1;
  }
  counters.of('stored', 'cas').writes += 1;
  counters.of('late', 'ac').writes += 1;
  assert.deepEqual(
    new Set(namesOf(counters)),
    new Set(['found', 'stored', 'late', otherNamespaces]),
  );
  const sums = counters.rows().reduce((sum, { misses, hits }) => sum + misses + hits, 0);
  assert.equal(sums, 101);
});

test('where all are real, further ones share a name', () => {
  const counters = new LookupCounters(2);
  for (const name of ['a', 'b', 'c', 'd']) counters.of(name, 'ac').writes += 1;
  assert.deepEqual(namesOf(counters), ['a', 'b', otherNamespaces]);
});
