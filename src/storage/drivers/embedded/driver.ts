import { oneOf, text, yesOrNo } from '../../../core/settings/index.ts';
import type { StoreDriver } from '../../store-driver.ts';
import { lockStoreDirectory, openEmbeddedStore } from './open.ts';
import type { Durability } from './options.ts';

/** The embedded store's settings in the server's configuration. */
export interface EmbeddedSettings {
  readonly dir: string;
  /** `power`: a write is on the disk before it is acknowledged. */
  readonly durability: Durability;
  /** Whether a directory is taken that other machines may have mounted. */
  readonly allowNetworkFs: boolean;
}

/** Entries live in a directory of this machine; see {@link openEmbeddedStore}. */
export const embeddedDriver: StoreDriver<EmbeddedSettings> = {
  name: 'embedded',
  about: 'keeps entries in --dir',
  sharedBy: 'machine',
  settings: {
    dir: {
      name: 'dir',
      ...text('the path of a directory'),
      defaultValue: './.memobuild',
      about: 'directory of the embedded store; created if missing',
      flag: '--dir <dir>',
      needsRestart: true,
    },
    durability: {
      name: 'durability',
      ...oneOf(['process', 'power']),
      defaultValue: 'process',
      about: 'what an acknowledged write survives: a process crash, or also a power cut',
      flag: '--durability <what>',
      needsRestart: true,
    },
    allowNetworkFs: {
      name: 'allowNetworkFs',
      ...yesOrNo(),
      defaultValue: false,
      about:
        'accepts a --dir on NFS, SMB, 9p, Ceph, FUSE and the like, which only one machine may use',
      flag: '--allow-network-fs',
      needsRestart: true,
    },
  },
  abilities: { exactBound: true, strictLru: true },
  open: ({ dir, durability }, options) => openEmbeddedStore({ ...options, dir, durability }),
  lock: ({ dir, allowNetworkFs }, { logger }) =>
    lockStoreDirectory({ dir, allowNetworkFs, logger }),
};
