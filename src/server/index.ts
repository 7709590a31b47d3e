export { type Credential, hashSecret } from './auth.ts';
export { Primary, type PrimaryOptions } from './cluster/primary.ts';
export { WorkersFailed } from './cluster/workers-failed.ts';
export type { ServeSettings } from './compose.ts';
export { lockStore, type ReleaseStore } from './compose-lock.ts';
export { composeSettings, SettingsError } from './compose-settings.ts';
export type { TlsIdentity } from './listen-http.ts';
export { createLogger, type ProcessLogger } from './logger.ts';
