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
    about: 'record an anonymised trace of client requests, for loadtest --replay',
    flag: '--record <file>',
    needsRestart: true,
  },
  maxSizeBytes: {
    name: 'maxSize',
    ...size(2 ** 16),
    defaultValue: defaultRecordMaxSizeBytes,
    about: 'size limit of the trace: recording stops there, serving continues',
    flag: '--record-max-size <size>',
    needsRestart: true,
  },
};
