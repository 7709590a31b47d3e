import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Of } from '../../core/index.ts';
import { readActionResult, writeActionResult } from './action-result.ts';
import { OperationFailure } from './load-client.ts';

test('an action result comes back as it was written', () => {
  for (const sizeBytes of [0, 127, 128, 1024, 5 * 2 ** 30]) {
    const output = { hash: sha256Of(`${sizeBytes} bytes`), sizeBytes };
    assert.deepEqual(readActionResult(writeActionResult(output)), output);
  }
});

test('no bit of an action result can change without its being seen', () => {
  const output = { hash: sha256Of('an output'), sizeBytes: 1024 };
  const bytes = writeActionResult(output);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    try {
      assert.notDeepEqual(readActionResult(changed), output, `bit ${bit} went unseen`);
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      assert.equal(error.kind, 'integrity');
    }
  }
});

test('an action result cut short at any byte is refused', () => {
  const bytes = writeActionResult({ hash: sha256Of('an output'), sizeBytes: 1024 });
  for (let length = 0; length < bytes.length; length += 1) {
    assert.throws(() => readActionResult(bytes.subarray(0, length)), { kind: 'integrity' });
  }
});
