import { type SettingsOf, size, text } from '../../../../core/settings/index.ts';
import type { LocalTierPlace } from './open-local-tier.ts';

/** The settings of the shared store that say what a node keeps on its own disk. */
export interface LocalTierSettings {
  readonly localTierDir: string | undefined;
  readonly localTierBytesMax: number;
}

export const localTierSettings: SettingsOf<LocalTierSettings> = {
  localTierDir: {
    name: 'localTier',
    ...text('the path of a directory'),
    defaultValue: undefined,
    about: 'directory of this node for bodies that it has read from --s3',
    flag: '--local-tier <dir>',
    needsRestart: true,
  },
  localTierBytesMax: {
    name: 'localTierSize',
    ...size(0),
    defaultValue: 10 * 2 ** 30,
    about: 'how much --local-tier may hold; 0 = unbounded',
    flag: '--local-tier-size <size>',
    needsRestart: true,
  },
};

/** @returns `undefined` where nothing is kept. */
export function localTierOf({
  localTierDir: dir,
  localTierBytesMax: maxBytes,
}: LocalTierSettings): LocalTierPlace | undefined {
  return dir === undefined ? undefined : { dir, maxBytes };
}
