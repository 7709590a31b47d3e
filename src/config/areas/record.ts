import { type SettingsOf, size, text } from '../../core/settings/index.ts';

/** The trace of what clients ask. */
export interface RecordConfig {
  /** Without it nothing is recorded. */
  readonly file: string | undefined;
  readonly maxSizeBytes: number;
}

export const defaultRecordMaxSizeBytes: number = 2 ** 30;

export const recordSettings: SettingsOf<RecordConfig> = {
  file: {
    name: 'file',
    ...text('the path of a file that does not exist yet'),
    defaultValue: undefined,
    about: 'write an anonymised trace of what clients ask, for loadtest --replay',
    flag: '--record <file>',
    needsRestart: true,
  },
  maxSizeBytes: {
    name: 'maxSize',
    ...size(2 ** 16),
    defaultValue: defaultRecordMaxSizeBytes,
    about: 'bound of the trace: recording ends there, serving goes on',
    flag: '--record-max-size <size>',
    needsRestart: true,
  },
};
