import { siblingModule } from '../core/index.ts';
import { Primary } from './cluster/primary.ts';
import type { PrimaryOptions } from './cluster/primary-options.ts';

/** Makes the primary process of a server; its workers are composed by `compose.ts`. */
export function composePrimary(options: Omit<PrimaryOptions, 'workerModule'>): Primary {
  return new Primary({ ...options, workerModule: siblingModule(import.meta.url, './worker-main') });
}
