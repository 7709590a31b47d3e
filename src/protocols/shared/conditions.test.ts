import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeConditions, rangeApplies } from './conditions.ts';

const tags = ['"a"', '"a-zstd"'];

test('If-Match and If-None-Match are weighed in their order', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{}, 'perform'],
    [{ 'if-none-match': '"a"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"a"' }, 'not-modified'],
    [{ 'if-none-match': '"b", W/"a-zstd"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"b"' }, 'perform'],
    [{ 'if-none-match': 'a' }, 'perform'],
    [{ 'if-match': '"a"' }, 'perform'],
    [{ 'if-match': '*' }, 'perform'],
    [{ 'if-match': 'W/"a"' }, 'failed'],
    [{ 'if-match': '"b"' }, 'failed'],
    [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 'failed'],
    [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified'],
  ];
  for (const [headers, expected] of cases) {
    assert.equal(judgeConditions(headers, tags), expected, JSON.stringify(headers));
  }
});

test('a Range is meant only for the very bytes that If-Range names', () => {
  assert.ok(rangeApplies({}, '"a"'));
  assert.ok(rangeApplies({ 'if-range': '"a"' }, '"a"'));
  for (const condition of ['"b"', 'W/"a"', 'a', 'Fri, 27 Nov 2026 10:00:00 GMT']) {
    assert.ok(!rangeApplies({ 'if-range': condition }, '"a"'), condition);
  }
});
