import assert from 'node:assert/strict';
import test from 'node:test';
import { parseYaml } from './parse-yaml.ts';
import { parseDuration, parseNumber, parseSize } from './units.ts';

test('numbers are decimal, with a fraction or an exponent, and nothing else', () => {
  for (const [text, value] of [
    ['1e2', 100],
    ['1.5E3', 1500],
    ['-0.5', -0.5],
    ['+7', 7],
    ['.5', 0.5],
    [' 12 ', 12],
    ['1e-3', 0.001],
  ] as const) {
    assert.equal(parseNumber(text), value, text);
  }
  for (const text of [
    '0x10',
    '0b1',
    '1_000',
    '',
    ' ',
    '.',
    'e2',
    'Infinity',
    'NaN',
    '1e999',
    '5 %',
  ]) {
    assert.equal(parseNumber(text), undefined, text);
  }
});

test('sizes and durations take the same numbers', () => {
  assert.equal(parseSize('10Gi'), 10 * 2 ** 30);
  assert.equal(parseSize('1e3'), 1000);
  assert.equal(parseSize('1e3KiB'), 1_024_000);
  assert.equal(parseSize('1.5MB'), 1_500_000);
  assert.equal(parseDuration('1e2ms'), 100);
  assert.equal(parseDuration('1.5m'), 90_000);
  assert.equal(parseDuration('1e2'), 100_000);
  for (const text of ['0x10', '0x10KiB', '-1', '1e999', 'KiB', '1 2']) {
    assert.equal(parseSize(text), undefined, text);
    assert.equal(parseDuration(text.replace('KiB', 's')), undefined, text);
  }
});

test('a file takes the same numbers: what is not decimal stays a text, to be refused', async () => {
  assert.deepEqual(await parseYaml('a: 1e2\nb: 0x10\nc: 0o17\nd: 10Gi\ne: 1.5'), {
    a: 100,
    b: '0x10',
    c: '0o17',
    d: '10Gi',
    e: 1.5,
  });
});
