import { type Logger, messageOf } from '../../core/index.ts';
import type { StoreSuspicion } from '../../storage/index.ts';
import { Suspicions } from './suspicions.ts';

/** The store as the primary process holds it for its workers. */
export interface HeldStore {
  /**
   * Looks for damage of the index, or gives it up, while no process has the store open.
   * @returns whether it was set aside, so that the store is empty.
   */
  repair(suspicion: StoreSuspicion): Promise<boolean>;
}

/** What {@link StoreCare} works with. */
export interface StoreCareOptions {
  readonly store: Promise<HeldStore>;
  /** Ends all workers; resolves when the last has ended. New ones wait for {@link StoreCare.underWay}. */
  readonly endWorkers: (reason: string) => Promise<void>;
  readonly logger: Logger;
}

/** Has the index checked when workers' deaths, or what they report, make damage likely. */
export class StoreCare {
  readonly #options: StoreCareOptions;
  readonly #suspicions = new Suspicions();
  #underWay: Promise<void> | undefined;

  constructor(options: StoreCareOptions) {
    this.#options = options;
  }

  /** Resolves when workers may open the store again; `undefined`: they may now. */
  get underWay(): Promise<void> | undefined {
    return this.#underWay;
  }

  /** @param how the exit code or signal with which a worker ended. */
  workerDied(how: number | string): void {
    this.#act(this.#suspicions.died(how, performance.now()));
  }

  /** @param count how often a worker met damage since it last said so. */
  damageMet(count: number): void {
    this.#act(this.#suspicions.met(count, performance.now()));
  }

  /** @returns whether something is done about it. */
  cannotOpen(message: string): boolean {
    if (this.#underWay === undefined) {
      this.#act(this.#suspicions.cannotOpen(message, performance.now()));
    }
    return this.#underWay !== undefined;
  }

  #act(suspicion: StoreSuspicion | undefined): void {
    if (suspicion === undefined || this.#underWay !== undefined) return;
    this.#underWay = this.#repair(suspicion).finally(() => {
      this.#underWay = undefined;
    });
  }

  async #repair(suspicion: StoreSuspicion): Promise<void> {
    const { store, endWorkers, logger } = this.#options;
    const { reason } = suspicion;
    logger.error({ reason }, 'checking the index; workers restart when that is done');
    let wasSetAside = false;
    try {
      const held = await store;
      await endWorkers(`checking the index: ${reason}`);
      wasSetAside = await held.repair(suspicion);
      if (!wasSetAside) logger.warn({ reason }, 'no damage was found in the index: it is kept');
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'the index could not be checked');
    }
    this.#suspicions.looked(wasSetAside, performance.now());
  }
}
