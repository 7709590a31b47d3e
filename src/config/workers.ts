import { storeDriverOf } from '../storage/drivers/index.ts';
import type { ServeConfig } from './schema.ts';

/** Whether each process has a store of its own, which ends with it. */
export function storeIsPerProcess({ store }: Pick<ServeConfig, 'store'>): boolean {
  return storeDriverOf(store.driver).sharedBy === 'process';
}

/** How many worker processes to run; 0 = one per core available. */
export function workersOf(config: ServeConfig): number {
  return storeIsPerProcess(config) ? 1 : config.processes.workers;
}
