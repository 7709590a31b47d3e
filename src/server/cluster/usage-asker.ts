import type { StoreUsage } from '../../storage/index.ts';
import { type Member, send } from './member.ts';

/** Asks a worker what the store holds: the primary process does not open it. */
export class UsageAsker {
  readonly #members: () => Iterable<Member>;
  readonly #waiting = new Map<number, (usage: StoreUsage | undefined) => void>();
  #lastId = 0;

  constructor(members: () => Iterable<Member>) {
    this.#members = members;
  }

  /** @returns `undefined` where no worker serves, or the one that was asked does not answer. */
  async ask(): Promise<StoreUsage | undefined> {
    const member = [...this.#members()].find(({ state }) => state === 'serving');
    if (member === undefined) return undefined;
    this.#lastId += 1;
    const id = this.#lastId;
    return await new Promise((resolve) => {
      const timer = setTimeout(() => this.arrived(id, undefined), answerMsMax);
      this.#waiting.set(id, (usage) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(usage);
      });
      send(member.worker, { type: 'usage', id });
    });
  }

  arrived(id: number, usage: StoreUsage | undefined): void {
    this.#waiting.get(id)?.(usage);
  }
}

const answerMsMax = 1000;
