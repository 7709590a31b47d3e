import { type Command, Option } from 'commander';
import { allSettings, type NamedSetting, settingText } from '../../config/index.ts';

/** Adds `--config` and the flag of each setting, or of those of one area. */
export function addSettingOptions(command: Command, area?: NamedSetting['area']): Command {
  command.option('--config <file>', 'YAML or JSON file of settings');
  for (const named of allSettings) {
    const { setting } = named;
    if (setting.flag === undefined || (area !== undefined && named.area !== area)) continue;
    command.addOption(new Option(setting.flag, `${setting.about}${shownDefault(named)}`));
  }
  return command;
}

function shownDefault({ key, field, setting: { defaultValue } }: NamedSetting): string {
  if (typeof defaultValue === 'boolean') return '';
  const shown = key === 'processes.workers' ? 'one per core' : settingText(field, defaultValue);
  return shown === '' ? '' : ` (default ${shown})`;
}
