/** A process that opens and closes a store again and again: `opener-process.ts DIR TIMES`. */
import { openEmbeddedStore } from '../open.ts';

const [dir = '', times = '0'] = process.argv.slice(2);
for (let n = 0; n < Number(times); n += 1) {
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  await store.close();
}
