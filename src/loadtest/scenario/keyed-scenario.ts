import type { Artifact } from '../../protocols/shared/load-client.ts';
import type { LoadTestScenario } from './scenario.ts';

/** A scenario whose keys the engine knows: it stores some before the run, and removes all after it. */
export interface KeyedScenario extends LoadTestScenario {
  /** Called once the warm-up is over: what it stored counts as stored from now on. */
  useStoredKeys(): void;
  /** What the warm-up stores, by rank. */
  workingSetArtifact(rank: number): Artifact;
  /** How many keys besides this worker may have stored so far. */
  readonly newKeys: number;
  /** One of them, from 0. */
  newArtifactAt(index: number): Artifact;
}
