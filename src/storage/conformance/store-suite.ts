import { after, before, describe } from 'node:test';
import type { Store } from '../store.ts';
import { boundCases } from './bound-cases.ts';
import type { DeclaredDriver } from './declared.ts';
import { failedWriteCases } from './failed-write-cases.ts';
import { purgeCases } from './purge-cases.ts';
import { sharingCases } from './sharing-cases.ts';
import type { StoreFactory } from './store-factory.ts';
import { streamCases } from './stream-cases.ts';
import { writeCases } from './write-cases.ts';

/**
 * Checks every promise of {@link Store} against a driver, as one `describe` of node:test. Cases that
 * need an ability which the driver does not declare are skipped, and say so.
 */
export function describeStore(name: string, driver: DeclaredDriver, factory: StoreFactory): void {
  describe(`${name} keeps the promises of a store`, () => {
    let store: Store;
    before(async () => {
      store = await factory.open({ maxBytes: 0 });
    });
    after(() => store.close());
    writeCases(() => store, factory);
    failedWriteCases(() => store, factory);
    streamCases(() => store, factory);
    boundCases(driver, factory);
    purgeCases(factory);
    sharingCases(driver, factory);
  });
}
