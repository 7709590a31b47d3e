import type { Setting, SettingsOf } from '../core/settings/index.ts';
import { type AuthConfig, authSettings } from './areas/auth.ts';
import { type LimitsConfig, limitsSettings } from './areas/limits.ts';
import { type ListenConfig, listenSettings } from './areas/listen.ts';
import { type LogConfig, logSettings } from './areas/log.ts';
import { type ProcessesConfig, processesSettings } from './areas/processes.ts';
import { type RecordConfig, recordSettings } from './areas/record.ts';
import { type StoreConfig, storeSettings } from './areas/store.ts';

/** The whole configuration of `memobuild serve`. */
export interface ServeConfig {
  readonly listen: ListenConfig;
  readonly store: StoreConfig;
  readonly auth: AuthConfig;
  readonly processes: ProcessesConfig;
  readonly limits: LimitsConfig;
  readonly log: LogConfig;
  readonly record: RecordConfig;
}

export type AreaName = keyof ServeConfig;

const areas: { readonly [Area in AreaName]: SettingsOf<ServeConfig[Area]> } = {
  listen: listenSettings,
  store: storeSettings,
  auth: authSettings,
  processes: processesSettings,
  limits: limitsSettings,
  log: logSettings,
  record: recordSettings,
};

/** Whether a value holds a value for every setting that has one by default: it came whole from where it was sent. */
export function isServeConfig(value: unknown): value is ServeConfig {
  const given = value as Partial<Record<string, Record<string, unknown> | undefined>> | null;
  return Object.entries(areas).every(([area, settings]) =>
    Object.entries(settings as Record<string, Setting<unknown>>).every(
      ([field, { defaultValue }]) =>
        defaultValue === undefined || typeof given?.[area]?.[field] === typeof defaultValue,
    ),
  );
}

/** A setting with the names by which it can be made. */
export interface NamedSetting {
  readonly area: AreaName;
  /** The field of the configuration that it fills. */
  readonly field: string;
  /** In a file: `store.maxSize`. */
  readonly key: string;
  /** `MEMOBUILD_MAX_SIZE`. */
  readonly env: string;
  /** `--max-size`, where there is a flag. */
  readonly flag: string | undefined;
  /** As commander keeps it: `maxSize`. */
  readonly option: string | undefined;
  readonly setting: Setting<unknown>;
}

/** Every setting there is, area by area. */
export const allSettings: readonly NamedSetting[] = Object.entries(areas).flatMap(
  ([area, settings]) =>
    Object.entries(settings as Record<string, Setting<unknown>>).map(([field, setting]) => {
      const flag = setting.flag?.split(' ')[0];
      const word = flag?.slice(2) ?? setting.name.replace(/[A-Z]/g, (letter) => `-${letter}`);
      return {
        area: area as AreaName,
        field,
        key: `${area}.${setting.name}`,
        env: `MEMOBUILD_${word.replaceAll('-', '_').toUpperCase()}`,
        flag,
        option: flag?.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        setting,
      };
    }),
);
