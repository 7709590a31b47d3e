import type { RateStage } from '../config/config.ts';
import { createPacer, type Pacer } from './pacer.ts';

/** When one worker's operations are due in an open loop, one after another. */
export interface Schedule {
  /**
   * The due time of the next one, ms from the start. Infinity where there is none, or none is known
   * yet.
   */
  readonly nextDueMs: number;
  /** Whether none will come any more. */
  readonly isOver: boolean;
  /**
   * Takes the next one, and returns what the scenario needs to know about it. Only where one is
   * due.
   */
  take(): number;
  close(): void;
}

/** Every `workers`-th operation of stages of rates. The scenario learns the operation's number. */
export class StagedSchedule implements Schedule {
  readonly #pacer: Pacer;
  readonly #operations: number;
  readonly #workers: number;
  #next: number;
  #nextDueMs: number;

  constructor({ stages, worker, workers, operationsMax }: StagedScheduleOptions) {
    this.#pacer = createPacer(stages);
    this.#operations =
      operationsMax > 0 ? Math.min(operationsMax, this.#pacer.total) : this.#pacer.total;
    this.#workers = workers;
    this.#next = worker;
    this.#nextDueMs = this.#pacer.dueMs(worker);
  }

  get nextDueMs(): number {
    return this.isOver ? Number.POSITIVE_INFINITY : this.#nextDueMs;
  }

  get isOver(): boolean {
    return this.#next >= this.#operations;
  }

  take(): number {
    const taken = this.#next;
    this.#next += this.#workers;
    this.#nextDueMs = this.#pacer.dueMs(this.#next);
    return taken;
  }

  close(): void {
    // Nothing is open.
  }
}

export interface StagedScheduleOptions {
  readonly stages: readonly RateStage[];
  readonly worker: number;
  readonly workers: number;
  /** Over all workers; 0 = what the stages have. */
  readonly operationsMax: number;
}
