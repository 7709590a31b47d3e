import type { StoreUsage } from '../../core/index.ts';
import { type Member, send } from './member.ts';
import { PendingReplies } from './pending-replies.ts';

/** Asks a worker what the store holds: the primary process does not open it. */
export class UsageAsker {
  readonly #members: () => Iterable<Member>;
  readonly #pending = new PendingReplies<StoreUsage>();

  constructor(members: () => Iterable<Member>) {
    this.#members = members;
  }

  /** @returns `undefined` where no worker is serving, or the one that was asked does not answer. */
  async ask(): Promise<StoreUsage | undefined> {
    const member = [...this.#members()].find(({ state }) => state === 'serving');
    if (member === undefined) return undefined;
    return await this.#pending.ask(
      (id) => send(member.worker, { type: 'usage', id }),
      answerTimeoutMs,
    );
  }

  arrived(id: number, usage: StoreUsage | undefined): void {
    this.#pending.arrived(id, usage);
  }
}

const answerTimeoutMs = 1000;
