import { createLogUpdate } from 'log-update';
import { type Progress, targetOperationsSoFar } from '../../loadtest/internal.ts';
import { count, duration, latency, percent, size } from '../shared/format.ts';
import type { Style } from '../shared/style.ts';

/** Shows a running load test. */
export interface LiveView {
  update(progress: Progress): void;
  /** Says something that stays. */
  note(text: string): void;
  /** Takes the view off, or ends its last line. Call once. */
  end(): void;
}

/** A line every few seconds is enough for a log. */
const lineEveryMs = 5_000;

/** Creates a view that is redrawn in a terminal; elsewhere it prints a line every few seconds, and at each new phase. */
export function createLiveView(
  stream: NodeJS.WriteStream,
  style: Style,
  title: string,
  isTerminal: boolean,
): LiveView {
  return isTerminal ? createMovingView(stream, style, title) : createLines(stream, title);
}

/** What each phase of a run is called where people watch it. */
export const phaseTexts = {
  starting: 'starting the target',
  calibrating: 'calibrating',
  warming: 'storing the working set',
  running: 'running',
  draining: 'waiting for the last operations',
  cleaning: 'removing what was stored',
  done: 'done',
} satisfies Record<Progress['phase'], string>;

function createMovingView(stream: NodeJS.WriteStream, style: Style, title: string): LiveView {
  const log = createLogUpdate(stream);
  return {
    update: (progress) => log(renderProgress(progress, style, title)),
    note: (text) => log.persist(text),
    end: () => log.clear(),
  };
}

function createLines(stream: NodeJS.WriteStream, title: string): LiveView {
  let phase: Progress['phase'] | undefined;
  let dueMs = 0;
  return {
    update: (progress) => {
      const isNew = progress.phase !== phase;
      if (progress.phase === 'done' || (!isNew && progress.elapsedMs < dueMs)) return;
      phase = progress.phase;
      dueMs = progress.elapsedMs + lineEveryMs;
      stream.write(`${renderLine(progress, title)}\n`);
    },
    note: (text) => stream.write(`${text}\n`),
    end: () => {},
  };
}

/** The moving view's lines. */
export function renderProgress(progress: Progress, style: Style, title: string): string {
  const lead = title === '' ? '' : `${style.bold(title)}  `;
  const head = `${lead}${phaseTexts[progress.phase]}  ${bar(progress.share, style)}${timeOf(progress)}`;
  if (progress.phase !== 'running' && progress.phase !== 'draining') return head;
  return [
    head,
    `  ${count(progress.operations)} operations  ${count(progress.opsPerSec)} ops/s  hit rate ${hitRateOf(progress)}  ${failuresOf(progress, style)}${notSentOf(progress, '  ')}`,
    `  P50 ${latency(progress.p50Ms)}  P95 ${latency(progress.p95Ms)}  P99 ${latency(progress.p99Ms)}  in flight ${count(progress.inFlight)}${memoryOf(progress)}`,
  ].join('\n');
}

/** The same on one line, for a log. */
export function renderLine(progress: Progress, title: string): string {
  const share = progress.share === undefined ? '' : ` ${Math.floor(100 * progress.share)} %`;
  const lead = `${title === '' ? '' : `${title}: `}${phaseTexts[progress.phase]}${share}`;
  if (progress.phase !== 'running' || progress.operations === 0) return lead;
  return `${lead}, ${count(progress.operations)} operations, ${count(progress.opsPerSec)} ops/s, hit rate ${hitRateOf(progress)}, P50 ${latency(progress.p50Ms)}, P95 ${latency(progress.p95Ms)}, P99 ${latency(progress.p99Ms)}, ${count(targetOperationsSoFar(progress).failed)} failed${notSentOf(progress, ', ')}${memoryOf(progress).replace('  ', ', ')}`;
}

function failuresOf(progress: Progress, style: Style): string {
  const { failed } = targetOperationsSoFar(progress);
  if (failed === 0) return 'none failed';
  const { generator: _, ...ofTarget } = progress.failures;
  const kinds = Object.entries(ofTarget).filter(([, failures]) => failures > 0);
  const list = kinds.map(([kind, failures]) => `${kind} ${count(failures)}`).join(', ');
  return style.verdict('FAIL', `${count(failed)} failed (${list})`);
}

/** What this machine failed is not the target's fault. */
function notSentOf({ failures: { generator = 0 } }: Progress, lead: string): string {
  return generator === 0 ? '' : `${lead}${count(generator)} not sent`;
}

function bar(share: number | undefined, style: Style): string {
  if (share === undefined) return '';
  const width = Math.min(30, Math.max(10, style.width - 50));
  const filled = Math.round(width * Math.min(1, Math.max(0, share)));
  return `${'█'.repeat(filled)}${style.dim('░'.repeat(width - filled))} ${Math.floor(100 * share)} %  `;
}

function timeOf({ elapsedMs, expectedMs }: Progress): string {
  const elapsed = duration(1000 * Math.floor(elapsedMs / 1000));
  return expectedMs === undefined ? elapsed : `${elapsed} of at most ${duration(expectedMs)}`;
}

function hitRateOf({ hits, misses }: Progress): string {
  const answered = hits + misses;
  return answered === 0 ? percent(null) : percent(Math.round((1000 * hits) / answered) / 10);
}

function memoryOf({ serverMemoryBytes }: Progress): string {
  return serverMemoryBytes === undefined ? '' : `  server ${size(serverMemoryBytes)}`;
}
