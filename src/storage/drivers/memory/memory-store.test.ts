import { describeStore } from '../../conformance/index.ts';
import { createMemoryStore } from './memory-store.ts';

describeStore('the memory store', {
  open: async (options) => createMemoryStore(options),
  leftovers: async () => 0,
  costBytes: (sizeBytes) => sizeBytes + 300,
});
