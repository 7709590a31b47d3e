/**
 * A process that writes fresh keys until its parent says stop: `lane-writer.ts DIR NAME`. After each
 * acknowledged write it looks the key up. It then reports what it has seen as a {@link LaneReport}.
 */
import { messageOf } from '../../../../core/index.ts';
import { patient } from '../../../conformance/index.ts';
import { openEmbeddedStore } from '../open.ts';
import { type LaneReport, laneKey, lanes } from './lanes.ts';

const [dir = '', name = ''] = process.argv.slice(2);
let stopped = false;
process.once('message', () => {
  stopped = true;
});

const store = await openEmbeddedStore({ dir, maxBytes: 0 });
const report: LaneReport = { written: [], missedAtOnce: 0, failures: [] };
process.send?.('begun');
await Promise.all(Array.from({ length: lanes }, (_, lane) => write(lane)));
await store.close();
process.send?.(report);
process.disconnect();

async function write(lane: number): Promise<void> {
  report.written[lane] = 0;
  for (let n = 0; !stopped; n += 1) {
    const key = laneKey(name, lane, n);
    try {
      await store.write(key, Buffer.from(key.key), { signal: patient });
    } catch (error) {
      report.failures.push(messageOf(error));
      return;
    }
    report.written[lane] = n + 1;
    if ((await store.find(key)).kind === 'miss') report.missedAtOnce += 1;
  }
}
