import { formatSize } from '../core/index.ts';
import type { LoadedConfig } from './load.ts';
import { allSettings } from './schema.ts';

/** Writes the whole configuration as a file that `--config` takes, with where each value came from. */
export function describeConfig({ config, origins }: LoadedConfig): string {
  const lines: string[] = [];
  let area: string | undefined;
  for (const { area: areaOfSetting, field, key, setting } of allSettings) {
    if (areaOfSetting !== area) lines.push(`${areaOfSetting}:`);
    area = areaOfSetting;
    const value = (config[areaOfSetting] as unknown as Record<string, unknown>)[field];
    const shown = `  ${setting.name}: ${show(field, value)}`;
    lines.push(`${shown.padEnd(40)} # ${origins.get(key) ?? 'default'}`);
  }
  return `${lines.join('\n')}\n`;
}

function show(field: string, value: unknown): string {
  const isText = typeof value === 'string' || Array.isArray(value);
  return isText ? JSON.stringify(value) : settingText(field, value);
}

/** A setting's value as it would be typed; '' where it has none. @param field of its area's configuration. */
export function settingText(field: string, value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'number' && /Ms(?:Max|Min)?$/.test(field)) {
    if (value > 0 && value % 3_600_000 === 0) return `${value / 3_600_000}h`;
    return value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`;
  }
  if (typeof value === 'number' && field.includes('Bytes')) return showSize(value);
  return String(value);
}

/** In units where that loses nothing. */
function showSize(bytes: number): string {
  const text = formatSize(bytes).replace(/\.0+ /, ' ').replace(' ', '');
  return Number.isInteger(bytes / 1024) && /^\d+(Ki|Mi|Gi|Ti)B$/.test(text) ? text : String(bytes);
}
