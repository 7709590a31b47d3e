import { siblingModule } from '../core/index.ts';
import { Primary, type PrimaryOptions } from './cluster/primary.ts';

/** Makes the primary process of a server; its workers are composed by `compose.ts`. */
export function composePrimary(options: Omit<PrimaryOptions, 'workerModule'>): Primary {
  return new Primary({ ...options, workerModule: siblingModule(import.meta.url, './worker-main') });
}
