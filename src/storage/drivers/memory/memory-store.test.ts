import { describeStore } from '../../conformance/index.ts';
import { memoryDriver } from './driver.ts';
import { createMemoryStore } from './memory-store.ts';

describeStore('the memory store', memoryDriver, {
  open: async (options) => createMemoryStore(options),
  leftovers: async () => 0,
  costBytes: (sizeBytes) => sizeBytes + 300,
});
