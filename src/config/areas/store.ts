import { defaultBlobBytesMax } from '../../core/index.ts';
import { oneOf, type SettingsOf, size, text, yesOrNo } from './setting.ts';

/** What is stored, where, and how much of it. */
export interface StoreConfig {
  readonly driver: 'embedded' | 'memory';
  readonly dir: string;
  /** 0 = unbounded. */
  readonly maxSizeBytes: number;
  readonly blobBytesMax: number;
  /** `power`: a write is on the disk before it is acknowledged. */
  readonly durability: 'process' | 'power';
  readonly checkReferences: boolean;
}

export const defaultStoreDriver = 'embedded';
export const defaultStoreDir = './.memobuild';
export const defaultMaxSizeBytes: number = 10 * 2 ** 30;
export const defaultDurability = 'process';
export const defaultCheckReferences = true;

export const storeSettings: SettingsOf<StoreConfig> = {
  driver: {
    name: 'driver',
    ...oneOf(['embedded', 'memory']),
    defaultValue: defaultStoreDriver,
    about: 'embedded keeps entries in --dir; memory forgets them at the end and runs one worker',
    flag: '--store <driver>',
  },
  dir: {
    name: 'dir',
    ...text('the path of a directory'),
    defaultValue: defaultStoreDir,
    about: 'directory of the embedded store; made where it is missing',
    flag: '--dir <dir>',
  },
  maxSizeBytes: {
    name: 'maxSize',
    ...size(),
    defaultValue: defaultMaxSizeBytes,
    about: 'bound of the store; least recently used entries go first; 0 = unbounded',
    flag: '--max-size <size>',
  },
  blobBytesMax: {
    name: 'maxBlobSize',
    ...size(1),
    defaultValue: defaultBlobBytesMax,
    about: 'largest body stored; a larger one is answered 413',
    flag: '--max-blob-size <size>',
  },
  durability: {
    name: 'durability',
    ...oneOf(['process', 'power']),
    defaultValue: defaultDurability,
    about: 'what an acknowledged write survives: the death of the process, or a power cut too',
    flag: '--durability <what>',
  },
  checkReferences: {
    name: 'checkReferences',
    ...yesOrNo(),
    defaultValue: defaultCheckReferences,
    about: 'whether an action result is a miss once a blob it names is gone',
  },
};
