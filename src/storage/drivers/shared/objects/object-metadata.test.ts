import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Of } from '../../../../core/index.ts';
import { entryKeyBytes } from '../../../entry-key-bytes.ts';
import { metadataOf, type ObjectOrigin, originOf } from './object-metadata.ts';

test('an object says whose it is, as far as that is known', () => {
  const key = entryKeyBytes({ space: 'ac', namespace: 'team/ä', key: 'a key' });
  const origins: readonly ObjectOrigin[] = [
    { key, namesBlobs: true, sha256: sha256Of('body'), sizeBytes: 4 },
    { key, namesBlobs: false, sha256: undefined, sizeBytes: undefined },
  ];
  for (const origin of origins) assert.deepEqual(originOf(metadataOf(origin)), origin);
  assert.equal(originOf({ 'of-another': 'program' }), undefined);
});

test('what an object says fits into the 2 KB that S3 takes, for the longest keys too', () => {
  for (const letter of ['k', 'ä', '語']) {
    const namespace = letter.repeat(170);
    const key = entryKeyBytes({ space: 'ac', namespace, key: letter.repeat(512) });
    const metadata = metadataOf({
      key,
      namesBlobs: true,
      sha256: sha256Of('b'),
      sizeBytes: 2 ** 43,
    });
    const sizeBytes = Object.entries(metadata).flat().join('').length;
    assert(sizeBytes <= 2_048, `${letter}: ${sizeBytes} bytes`);
  }
});
