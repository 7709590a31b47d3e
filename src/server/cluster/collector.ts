import { noCounters } from '../telemetry/counters.ts';
import { type ProcessReport, reportProcess } from '../telemetry/process-report.ts';
import { type Member, send } from './member.ts';

/** How long a worker may take to report; after that its last report is used. */
const reportTimeoutMs = 1000;

/** Asks all workers for their reports. */
export class Collector {
  readonly #members: () => Iterable<Member>;
  readonly #rounds = new Map<number, Round>();
  #lastId = 0;

  constructor(members: () => Iterable<Member>) {
    this.#members = members;
  }

  /** @returns the primary's own report first, then those of the workers that ever reported. */
  async collect(): Promise<ProcessReport[]> {
    this.#lastId += 1;
    const id = this.#lastId;
    const asked = [...this.#members()];
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, reportTimeoutMs);
      const round: Round = {
        awaited: new Set(asked),
        done: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#rounds.set(id, round);
      for (const { worker } of asked) send(worker, { type: 'report', id });
      if (asked.length === 0) round.done();
    });
    this.#rounds.delete(id);
    // A worker that died meanwhile is among the retired by now.
    const alive = new Set(this.#members());
    const reports = asked.flatMap((member) =>
      alive.has(member) && member.report !== undefined ? [member.report] : [],
    );
    const idle = { connectionsOpen: 0, requestsInFlight: 0 };
    return [reportProcess('primary', noCounters, idle), ...reports];
  }

  arrived(id: number, member: Member): void {
    const round = this.#rounds.get(id);
    if (round !== undefined) strike(round, member);
  }

  left(member: Member): void {
    for (const round of this.#rounds.values()) strike(round, member);
  }
}

interface Round {
  readonly awaited: Set<Member>;
  readonly done: () => void;
}

function strike(round: Round, member: Member): void {
  round.awaited.delete(member);
  if (round.awaited.size === 0) round.done();
}
