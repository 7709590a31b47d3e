import { operationsMaxOf } from '../../config/config.ts';
import { type Schedule, StagedSchedule } from '../../pacing/schedule.ts';
import { ReplaySchedule } from '../../replay/replay-schedule.ts';
import type { WorkerSetup } from './messages.ts';

/** When this worker's operations are due in an open loop. */
export interface Arrivals {
  readonly schedule: Schedule;
  /** Operations under way at once, over all workers. */
  readonly inFlightMax: number;
}

/**
 * Opens the schedule that the load asks for; `undefined`: a closed loop.
 * @param note warns the user of a trace that can't be read further.
 */
export async function openArrivals(
  { config, replay, worker, workers }: WorkerSetup,
  note: (text: string) => void,
): Promise<Arrivals | undefined> {
  const { load } = config;
  switch (load.kind) {
    case 'closed':
      return undefined;
    case 'open': {
      const { stages, maxInFlight, arrivals } = load;
      const operationsMax = operationsMaxOf(config);
      const schedule = new StagedSchedule({
        stages,
        worker,
        workers,
        operationsMax,
        arrivals,
        seed: config.seed,
      });
      return { schedule, inFlightMax: maxInFlight };
    }
    case 'replay': {
      if (replay === undefined || load.pace === undefined) throw new Error('no trace was read');
      const schedule = await ReplaySchedule.open({
        path: replay.stepFiles[worker]!,
        speed: load.speed,
        onFailure: (message) => note(`the trace's steps can't be read: ${message}`),
      });
      return { schedule, inFlightMax: load.pace.maxInFlight };
    }
  }
}
