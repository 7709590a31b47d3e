import assert from 'node:assert/strict';
import test from 'node:test';
import { withoutPasswords } from './without-passwords.ts';

test('the user-info of a URL is left out, wherever the URL stands', () => {
  for (const [text, expected] of [
    ['http://me:s3cret@host:1/x', 'http://host:1/x'],
    ['cannot reach "rediss://:p@ss@host/0": refused', 'cannot reach "rediss://host/0": refused'],
    ['https://token@a and http://b:c@d', 'https://a and http://d'],
    ['mail me@example.com', 'mail me@example.com'],
    ['http://host/path@2', 'http://host/path@2'],
  ] as const) {
    assert.equal(withoutPasswords(text), expected);
  }
});
