import type { Artifact } from '../../protocols/shared/load-client.ts';
import type { LoadTestScenario, OperationContext, OperationResult } from './operation.ts';

/**
 * An operation whose keys the engine knows: it stores some before the run, and removes all after
 * it.
 */
export interface KeyedOperation extends LoadTestScenario {
  /** @throws {StoreBoundReached} in place of an operation that would take the run past its bound. */
  execute(context: OperationContext): Promise<KeyedResult>;
  /** Called once the warm-up is over: what it stored counts as stored from now on. */
  useStoredKeys(): void;
  /** What the warm-up stores, by rank. */
  workingSetArtifact(rank: number): Artifact;
  /** How many keys besides this worker may have stored so far. */
  readonly newKeys: number;
  /** One of them, from 0. */
  newArtifactAt(index: number): Artifact;
}

/** What an operation reports to the engine about keys that the engine knows. */
export interface KeyedResult extends OperationResult {
  readonly message?: string;
  /** The size of the requested artifact, whatever the outcome. */
  readonly sizeBytes?: number;
  /** A miss of a key whose write had been acknowledged. */
  readonly suspect?: boolean;
  /** What was stored and acknowledged. */
  readonly stored?: Artifact;
}

/** The next new key would take the run past `maxStoredBytes`: it is not used, and the run ends. */
export class StoreBoundReached extends Error {
  override readonly name = 'StoreBoundReached';
}
