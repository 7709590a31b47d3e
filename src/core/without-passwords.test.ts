import assert from 'node:assert/strict';
import test from 'node:test';
import { withoutPasswords } from './without-passwords.ts';

test('user-info and secret parameters of a URL are left out, wherever in the text the URL is', () => {
  for (const [text, expected] of [
    ['http://me:s3cret@host:1/x', 'http://host:1/x'],
    ['cannot reach "rediss://:p@ss@host/0": refused', 'cannot reach "rediss://host/0": refused'],
    ['https://token@a and http://b:c@d', 'https://a and http://d'],
    ['mail me@example.com', 'mail me@example.com'],
    ['http://host/path@2', 'http://host/path@2'],
    ['http://host:80/path@2', 'http://host:80/path@2'],
    ['http://[::1]:80/path@2', 'http://[::1]:80/path@2'],
    ['HTTPS://me:s3cret@[::1]:80/x', 'HTTPS://[::1]:80/x'],
    ['redis://:s3cret@host', 'redis://host'],
    ['grpcs://me:s%33cret@host:1', 'grpcs://host:1'],
    ['http://me:s3/c?r#et@host/x', 'http://host/x'],
    [`http://me:s3'c"ret@host/x`, 'http://host/x'],
    ['cannot reach http://me:my s3cret@host:1/x: refused', 'cannot reach http://host:1/x: refused'],
    ['"redis://my name:s3 c/r@et@host/0", a@b', '"redis://host/0", a@b'],
    ['http://me:s3 cret@host, mail a@b', 'http://host, mail a@b'],
    ['http://host:80 is down, mail a@b', 'http://host:80 is down, mail a@b'],
    ['cannot reach http://host: refused, mail a@b', 'cannot reach http://host: refused, mail a@b'],
    ['http://a and http://b c:d e@f', 'http://a and http://f'],
    [`"http://a", 'http://b@c'`, `"http://a", 'http://c'`],
    ['http://h/w?x=1&token=s3cret&api_key=a%20b#f, ok', 'http://h/w?x=1&token=…&api_key=…#f, ok'],
    ['https://h/w?X-Amz-Signature=abc&monkey=1', 'https://h/w?X-Amz-Signature=…&monkey=1'],
  ] as const) {
    assert.equal(withoutPasswords(text), expected);
  }
});
