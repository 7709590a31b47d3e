import { type LogLevel, logLevels } from '../../core/index.ts';
import { oneOf, type SettingsOf, yesOrNo } from '../../core/settings/index.ts';

/** What is written to stderr. */
export interface LogConfig {
  readonly level: LogLevel;
  readonly access: boolean;
}

export const defaultLogLevel = 'info';

export const logSettings: SettingsOf<LogConfig> = {
  level: {
    name: 'level',
    ...oneOf(logLevels),
    defaultValue: defaultLogLevel,
    about: `lowest level that is logged: ${logLevels.join(', ')}`,
    flag: '--log-level <level>',
  },
  access: {
    name: 'access',
    ...yesOrNo(),
    defaultValue: false,
    about: 'log one line per request',
    flag: '--access-log',
  },
};
