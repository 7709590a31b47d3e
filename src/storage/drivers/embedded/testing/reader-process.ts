/** A process that opens a store and prints the bytes of one entry: `reader-process.ts DIR KEY`, the key as JSON. */
import { readEntry } from '../../../conformance/index.ts';
import { openEmbeddedStore } from '../open.ts';

const [dir = '', key = ''] = process.argv.slice(2);
const store = await openEmbeddedStore({ dir, maxBytes: 0 });
const bytes = await readEntry(store, JSON.parse(key));
await store.close();
process.send?.(bytes?.toString('latin1') ?? 'a miss');
process.disconnect();
