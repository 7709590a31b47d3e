import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { currentBootId, readBootId } from './boot-id.ts';

const absent = (): never => {
  throw new Error('ENOENT');
};

test('Linux says its boot in /proc', { skip: process.platform !== 'linux' }, () => {
  const text = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  assert.equal(currentBootId(), text);
});

test('macOS says its boot by sysctl, without a look at /proc', () => {
  const asked: string[] = [];
  const run = (program: string, args: readonly string[]): string => {
    asked.push([program, ...args].join(' '));
    return '2F6C6A0E-6E0B-4C7B-9B3C-2B1B1C3B7B11\n';
  };
  const bootId = readBootId({ platform: 'darwin', readFile: absent, run });
  assert.equal(bootId, '2F6C6A0E-6E0B-4C7B-9B3C-2B1B1C3B7B11');
  assert.deepEqual(asked, ['/usr/sbin/sysctl -n kern.bootsessionuuid']);
});

test('a system that does not say its boot has none', () => {
  for (const platform of ['darwin', 'linux', 'freebsd'] as const) {
    assert.equal(readBootId({ platform, readFile: absent, run: absent }), '');
  }
});
