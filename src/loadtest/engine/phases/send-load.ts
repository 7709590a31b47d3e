import type { StopReason, UnfinishedOperations } from '../../measurement.ts';
import { sharedNowMs } from '../worker/shared-clock.ts';
import { type FinishEarly, interruptedDrainMs, SendDeadlines } from './deadlines.ts';
import type { WorkersContext } from './run-context.ts';

/** What the coordinator knows of the measured run when it is over. */
export interface SentLoad {
  readonly startedAt: Date;
  /** The same, as performance.now() of this thread. */
  readonly startMs: number;
  /** From the first operation to the end of the last one. */
  readonly durationMs: number;
  readonly stopReason: StopReason;
  readonly unfinished: UnfinishedOperations;
  /** Rereads that got no answer in time. */
  readonly rereadsLeft: number;
  /** CPU time of this process meanwhile, µs. */
  readonly cpuUs: number;
}

/** The measured run: has the workers send the load and drain it, and watches them and the target meanwhile. */
export async function sendLoad(
  run: WorkersContext,
  finish: FinishEarly | undefined,
): Promise<SentLoad> {
  const { config, generator, inbox, pool, progress, server } = run;
  const startedAt = new Date();
  const startMs = performance.now() + startDelayMs;
  const startSharedMs = sharedNowMs() + startDelayMs;
  const cpuBefore = process.cpuUsage();
  const deadlines = new SendDeadlines(startMs, config);
  generator.begin(startMs);
  progress.enter('running', config.durationSecs * 1000);
  pool.post({ kind: 'run', startMs: startSharedMs, drainMs: deadlines.drainMs });
  const release = endEarly(run, finish, deadlines);
  const stopSampling = sampleEachSecond(run, startMs);
  try {
    await inbox.collect('sent', pool, deadlines.sentByMs);
    progress.enter('draining', deadlines.drainMs);
    await inbox.collect('drained', pool, deadlines.drainFromNow());
  } finally {
    stopSampling();
    release();
  }
  generator.sample();
  const stopReason = stopReasonOf(run);
  const cpu = process.cpuUsage(cpuBefore);
  await server.sample(performance.now() - startMs);
  const drained = inbox.all('drained');
  return {
    startedAt,
    startMs,
    durationMs:
      drained.reduce((last, { endMs }) => Math.max(last, endMs), startSharedMs) - startSharedMs,
    stopReason,
    unfinished: {
      count: drained.reduce((sum, { unfinished }) => sum + unfinished, 0),
      oldestAgeMs: drained.reduce((oldest, { oldestAgeMs }) => Math.max(oldest, oldestAgeMs), 0),
    },
    rereadsLeft: drained.reduce((sum, message) => sum + message.rereadsLeft, 0),
    cpuUs: cpu.user + cpu.system,
  };
}

/** Stops the workers when the run is interrupted, or asked to finish. @returns what ends that. */
function endEarly(
  { pool, signal }: WorkersContext,
  finish: FinishEarly | undefined,
  deadlines: SendDeadlines,
): () => void {
  const end = (drainMs: number): void => {
    deadlines.endNow(drainMs);
    pool.post({ kind: 'stop', drainMs });
  };
  const onInterrupt = (): void => end(interruptedDrainMs);
  const onFinish = (): void => end(Math.min(deadlines.drainMs, finish!.drainMs));
  signal.addEventListener('abort', onInterrupt, { once: true });
  if (signal.aborted) onInterrupt();
  finish?.signal.addEventListener('abort', onFinish, { once: true });
  return () => {
    signal.removeEventListener('abort', onInterrupt);
    finish?.signal.removeEventListener('abort', onFinish);
  };
}

function sampleEachSecond({ generator, server }: WorkersContext, startMs: number): () => void {
  const ticker = setInterval(() => {
    generator.sample();
    void server.sample(performance.now() - startMs);
  }, sampleMs);
  return () => clearInterval(ticker);
}

function stopReasonOf({ inbox, pool, signal }: WorkersContext): StopReason {
  if (signal.aborted) return 'interrupted';
  if (pool.living.length === 0) return 'workers_lost';
  if (inbox.isStoreFull) return 'max_stored';
  return inbox.all('sent').every(({ reason }) => reason === 'requests') ? 'requests' : 'duration';
}

/** From the command to start until the start: all workers have it by then. */
const startDelayMs = 100;
const sampleMs = 1000;
