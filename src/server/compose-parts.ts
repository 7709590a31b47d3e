import type { Cache } from '../cache/index.ts';
import type { Logger } from '../core/index.ts';
import type { Access } from '../protocols/index.ts';
import type { AuditedAccess } from './access/audited-access.ts';
import type { WorkerSettings } from './compose-worker-settings.ts';
import type { Lifecycle } from './listener/lifecycle.ts';
import type { OutputBudget } from './listener/output-budget.ts';
import type { AccessLine } from './telemetry/access-log.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

/** What all listeners of a worker have in common. */
export interface WorkerParts extends Pick<WorkerSettings, 'config' | 'tls'> {
  readonly cache: Cache;
  /** Failed logins are counted and logged here. */
  readonly access: AuditedAccess;
  /**
   * The same decisions without counting and logging, for a caller whose refusal leads to a second
   * decision elsewhere.
   */
  readonly quietAccess: Access;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly output: OutputBudget;
  readonly logger: Logger;
  /** Where access lines go; `undefined` where they are not enabled. */
  readonly onAccess: ((line: AccessLine) => void) | undefined;
}
