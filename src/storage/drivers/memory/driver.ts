import type { StoreDriver } from '../../store-driver.ts';
import { createMemoryStore } from './memory-store.ts';

/** Entries live in one process and end with it. */
export const memoryDriver: StoreDriver<unknown> = {
  name: 'memory',
  about: 'loses them at exit and runs one worker',
  sharedBy: 'process',
  settings: {},
  abilities: { exactBound: true, strictLru: true },
  open: async (_, { maxBytes }) => createMemoryStore({ maxBytes }),
};
