import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FailureKind } from '../../../protocols/shared/load-client.ts';
import type { WindowRecorder } from '../../metrics/window-recorder.ts';
import type { WorkerMessage } from './messages.ts';

/** What a worker reports to the coordinator. */
export class Reporter {
  readonly post: (message: WorkerMessage) => void;
  readonly #noted = new Set<FailureKind>();

  constructor(post: (message: WorkerMessage) => void) {
    this.post = post;
  }

  note(text: string): void {
    this.post({ kind: 'note', text });
  }

  /** The first failure of each kind is reported in its own words. */
  noteFailure(kind: FailureKind, message: string | undefined, phase: 'warm-up' | 'run'): void {
    if (this.#noted.has(kind) || message === undefined) return;
    this.#noted.add(kind);
    this.note(`first ${kind} (${phase}): ${message}`);
  }

  /**
   * Has windows handed over when they end, and reports the event loop's delay once per second.
   * @returns what ends it.
   */
  observe(recorder: WindowRecorder, windowMs: number): () => void {
    const delay = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
    delay.enable();
    const windows = setInterval(() => recorder.roll(performance.now()), windowMs);
    const delays = setInterval(() => {
      const lateMs = (nanos: number): number => Math.max(0, nanos / 1e6 - loopDelayResolutionMs);
      const [p99Ms, maxMs] = [lateMs(delay.percentile(99)), lateMs(delay.max)];
      delay.reset();
      this.post({ kind: 'loop_delay', p99Ms, maxMs });
    }, 1000);
    return () => {
      clearInterval(windows);
      clearInterval(delays);
      delay.disable();
    };
  }
}

const loopDelayResolutionMs = 10;
