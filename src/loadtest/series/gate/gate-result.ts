import type { EnvironmentResult } from '../../result/model/environment.ts';
import type { OverallVerdict } from '../../verdict/judge.ts';
import type { GateStatus, GateValue } from './judge-gate.ts';

/** Version of `gate.json`. It rises when a key changes its meaning or goes. */
export const gateSchemaVersion = 1;

/**
 * Where nothing failed. `NO ANSWER`: a run had no target. `VOID`: the machine invalidated a run.
 * `INCONCLUSIVE`: a run has too little data for its row.
 */
export type GateOutcome = 'MET' | 'NOT MET' | 'NO ANSWER' | 'VOID' | 'INCONCLUSIVE' | 'INTERRUPTED';

/** What `memobuild gate` writes as `gate.json`. */
export interface GateResult {
  readonly gate_schema_version: typeof gateSchemaVersion;
  readonly checklist: string;
  readonly title: string;
  /** Start, ISO 8601. */
  readonly timestamp: string;
  readonly duration_ms: number;
  readonly outcome: GateOutcome;
  /** False where durations were shortened: nothing may be released on it. */
  readonly release_decision: boolean;
  /** What the scenarios' durations were multiplied by. */
  readonly scale: number;
  readonly rows: readonly {
    readonly title: string;
    readonly requirement: string;
    readonly status: GateStatus;
    readonly reasons: readonly string[];
    readonly values: readonly GateValue[];
    readonly evidence: readonly string[];
  }[];
  readonly runs: readonly {
    readonly scenario: string;
    readonly run_id: string | null;
    readonly verdict: OverallVerdict | null;
    readonly problem: string | null;
    readonly evidence: string | null;
  }[];
  readonly environment: EnvironmentResult;
}
