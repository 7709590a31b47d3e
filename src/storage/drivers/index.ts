import type { StoreDriver } from '../store-driver.ts';
import { embeddedDriver } from './embedded/index.ts';
import { memoryDriver } from './memory/index.ts';
import { sharedDriver } from './shared/index.ts';

/** Every driver that `--store` takes. A new one is a folder beside these and a line here. */
export const storeDrivers = [embeddedDriver, memoryDriver, sharedDriver] as const;

/** Any of them. */
export type AnyStoreDriver = (typeof storeDrivers)[number];

/** The settings of all drivers side by side: each driver finds its own among them. */
export type DriverSettings = IntersectionOf<SettingsOfDriver<AnyStoreDriver>>;

/** @throws {Error} for a name that no driver has; the configuration has refused such a one before. */
export function storeDriverOf(name: string): AnyStoreDriver {
  const found = storeDrivers.find((driver) => driver.name === name);
  if (found === undefined) throw new Error(`unknown store driver ${name}`);
  return found;
}

type SettingsOfDriver<Driver> =
  Driver extends StoreDriver<infer Settings> ? (settings: Settings) => void : never;

type IntersectionOf<Takers> = [Takers] extends [(settings: infer Settings) => void]
  ? Settings
  : never;
