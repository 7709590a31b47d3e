/**
 * A process that writes until it is killed: `writer-process.ts DIR NAME`. Each acknowledged write
 * is printed to standard output, one line each, before the next one of that lane begins.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { parseSha256, systemCodeOf } from '../../../../core/index.ts';
import { inPieces, patient } from '../../../conformance/index.ts';
import { openEmbeddedStore } from '../open.ts';
import { type Acknowledged, expectedBody, laneSizes } from './written-body.ts';

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const [dir = '', name = ''] = process.argv.slice(2);
const store = await openEmbeddedStore({ dir, maxBytes: 0, unlinkDelayMs: 40 });
await Promise.all(laneSizes.map((_, lane) => writeForever(lane)));

/** A lane writes blobs, and writes its results again and again, so that files lose their entries. */
async function writeForever(lane: number): Promise<never> {
  for (let version = 1; ; version += 1) {
    const result = `${name} ${lane} ${version % 3}`;
    const body = expectedBody(result, version, lane);
    const pieces = inPieces(body, 50_000);
    if (version % 2 === 0) {
      const hash = parseSha256(createHash('sha256').update(body).digest('hex'));
      if (hash === undefined) throw new Error('not a hash');
      await store.write({ space: 'cas', hash }, pieces, { signal: patient });
      acknowledge({ space: 'cas', key: hash, version, lane, text: result });
    } else {
      await store.write({ space: 'ac', namespace: 'kill', key: result }, pieces, {
        sizeBytes: body.byteLength,
        signal: patient,
      });
      acknowledge({ space: 'ac', key: result, version, lane, text: result });
    }
  }
}

function acknowledge(acknowledged: Acknowledged): void {
  let left = Buffer.from(`${JSON.stringify(acknowledged)}\n`);
  while (left.byteLength > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      // The pipe is full as long as the reader is busy.
      if (systemCodeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}
