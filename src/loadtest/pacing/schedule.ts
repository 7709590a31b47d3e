import type { RateStage } from '../config/config.ts';
import { createRandom, type Random } from '../statistics/random.ts';
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

/** Evenly spaced, or at random as independent builds come. */
export type ArrivalProcess = 'constant' | 'poisson';

/**
 * Every `workers`-th operation of stages of rates. The scenario learns the operation's number.
 *
 * Poisson arrivals are drawn under the condition that there are as many as the stages ask for: then
 * their instants are independent and follow the rate (Kingman, Poisson Processes, 1993, 2.4), the
 * offered rate is exact, and two runs differ in nothing but the instants. They are drawn in order,
 * without a list (Bentley and Saxe, ACM TOMS 6, 1980).
 */
export class StagedSchedule implements Schedule {
  readonly #pacer: Pacer;
  readonly #random: Random | undefined;
  /** Poisson: this worker's operations of the whole schedule that are still to come, the next included. */
  #left: number;
  /** Poisson: the share of the area under the rates that lies after the next operation. */
  #rest = 1;
  readonly #operations: number;
  readonly #workers: number;
  #next: number;
  #nextDueMs: number;

  constructor(options: StagedScheduleOptions) {
    const { stages, worker, workers, operationsMax, arrivals, seed } = options;
    this.#pacer = createPacer(stages);
    this.#random = arrivals === 'poisson' ? createRandom(seed, arrivalsStream + worker) : undefined;
    this.#left = Math.ceil(Math.max(0, this.#pacer.total - worker) / workers);
    this.#operations =
      operationsMax > 0 ? Math.min(operationsMax, this.#pacer.total) : this.#pacer.total;
    this.#workers = workers;
    this.#next = worker;
    this.#nextDueMs = this.#draw();
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
    this.#nextDueMs = this.#draw();
    return taken;
  }

  /** When the next one is due. */
  #draw(): number {
    if (this.#random === undefined) return this.#pacer.dueMs(this.#next);
    if (this.#left === 0) return Number.POSITIVE_INFINITY;
    // Never 0, which would leave no time for the rest.
    this.#rest *= (1 - this.#random()) ** (1 / this.#left);
    this.#left -= 1;
    return this.#pacer.dueMs((1 - this.#rest) * this.#pacer.area);
  }

  close(): void {
    // Nothing is open.
  }
}

export interface StagedScheduleOptions {
  readonly stages: readonly RateStage[];
  readonly worker: number;
  readonly workers: number;
  readonly arrivals: ArrivalProcess;
  readonly seed: number;
  /** Over all workers; 0 = what the stages have. */
  readonly operationsMax: number;
}

/** Clients' streams begin at 1, those of the rereads far above; these lie beyond both. */
const arrivalsStream = 0x60000000;
