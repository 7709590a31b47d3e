import { type SettingsOf, text, yesOrNo } from '../../core/settings/index.ts';

/** Who may do what. */
export interface AuthConfig {
  readonly tokens: string | undefined;
  readonly insecureNoAuth: boolean;
  readonly readOnly: boolean;
}

export const authSettings: SettingsOf<AuthConfig> = {
  tokens: {
    name: 'tokens',
    ...text('the path of a file'),
    defaultValue: undefined,
    about: 'file of bearer and basic credentials with their scopes, reloaded on SIGHUP',
    flag: '--tokens <file>',
  },
  insecureNoAuth: {
    name: 'insecureNoAuth',
    ...yesOrNo(),
    defaultValue: false,
    about: 'lets anyone who can reach the address read and write',
    flag: '--insecure-no-auth',
  },
  readOnly: {
    name: 'readOnly',
    ...yesOrNo(),
    defaultValue: false,
    about: 'rejects all writes with 403',
    flag: '--read-only',
  },
};
