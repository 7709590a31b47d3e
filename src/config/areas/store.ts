import { defaultBlobBytesMax } from '../../core/index.ts';
import { oneOf, type SettingsOf, size, yesOrNo } from '../../core/settings/index.ts';
import { type DriverSettings, storeDrivers } from '../../storage/drivers/index.ts';

/** What is stored, where, and how much of it; the settings of the drivers among them. */
export interface StoreConfig extends DriverSettings {
  /** The name of a driver. */
  readonly driver: string;
  /** 0 = unbounded. */
  readonly maxSizeBytes: number;
  readonly blobBytesMax: number;
  readonly checkReferences: boolean;
}

export const defaultStoreDriver = 'embedded';
export const defaultMaxSizeBytes: number = 10 * 2 ** 30;
export const defaultCheckReferences = true;

const driverSettings: SettingsOf<DriverSettings> = Object.assign(
  {},
  ...storeDrivers.map(({ settings }) => settings),
);

export const storeSettings: SettingsOf<StoreConfig> = {
  driver: {
    name: 'driver',
    ...oneOf(storeDrivers.map(({ name }) => name)),
    defaultValue: defaultStoreDriver,
    about: storeDrivers.map(({ name, about }) => `${name} ${about}`).join('; '),
    flag: '--store <driver>',
    needsRestart: true,
  },
  ...driverSettings,
  maxSizeBytes: {
    name: 'maxSize',
    ...size(),
    defaultValue: defaultMaxSizeBytes,
    about: 'size limit of the store; least recently used entries are evicted first; 0 = no limit',
    flag: '--max-size <size>',
  },
  blobBytesMax: {
    name: 'maxBlobSize',
    ...size(1),
    defaultValue: defaultBlobBytesMax,
    about: 'largest body stored; a larger one gets 413',
    flag: '--max-blob-size <size>',
  },
  checkReferences: {
    name: 'checkReferences',
    ...yesOrNo(),
    defaultValue: defaultCheckReferences,
    about: 'whether an action result is a miss once a blob it names is missing',
  },
};
