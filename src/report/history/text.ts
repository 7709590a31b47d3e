import type {
  HistoryVerdict,
  Operation,
  Violation,
  ViolationKind,
} from '../../loadtest/internal.ts';
import { count, duration, plural } from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';

/** What a history shows, for a terminal. No line break at the end. */
export function renderHistoryVerdict(
  judged: HistoryVerdict,
  { nodes, keys, faults }: HistorySummary,
  style: Style,
): string {
  const { verdict, figures, violations, reasons } = judged;
  const where = `${plural(keys, 'key')} on ${plural(nodes, 'node')} in ${duration(figures.spanMs)}`;
  const found =
    violations.length === 0
      ? 'nothing contradicts the promises'
      : plural(violations.length, 'violation');
  return [
    `${style.verdict(verdict)}  ${found}: ${plural(figures.operations, 'operation')} on ${where}`,
    ...figureLines(judged, faults),
    ...reasons.map((reason) => `  - ${wrap(reason, style.width, 4)}`),
    ...violationLines(judged, style),
  ].join('\n');
}

export interface HistorySummary {
  readonly nodes: number;
  readonly keys: number;
  readonly faults: number;
}

function figureLines({ figures, ...check }: HistoryVerdict, faults: number): string[] {
  const { acknowledged, refused, unanswered, values, valuesOfOthers, misses, failedReads } =
    figures;
  return [
    `  writes   ${count(figures.writes)}: ${count(acknowledged)} acknowledged, ${count(refused)} refused or not sent, ${count(unanswered)} without an answer`,
    `  reads    ${count(figures.reads)}: ${count(values)} values (${count(valuesOfOthers)} of another client), ${count(misses)} misses, ${count(failedReads)} failed`,
    `  overlap  ${plural(figures.contended, 'operation')} while another client wrote the same key`,
    `  faults   ${count(faults)}`,
    ...(check.excusedMisses > 0
      ? [`  evicted  misses that an eviction explains: ${count(check.excusedMisses)}`]
      : []),
    ...(check.lostInFailover > 0
      ? [`  failover values that a failover may have lost: ${count(check.lostInFailover)}`]
      : []),
  ];
}

/** Violations that are shown with their proof. */
const shownMax = 5;

function violationLines({ violations, counts }: HistoryVerdict, style: Style): string[] {
  if (violations.length === 0) return [];
  const kinds = (Object.keys(counts) as ViolationKind[]).filter((kind) => counts[kind] > 0);
  return [
    '',
    ...kinds.map((kind) => `  ${count(counts[kind]).padStart(6)}  ${kind}: ${meanings[kind]}`),
    ...violations.slice(0, shownMax).flatMap((each) => ['', ...proofLines(each, style)]),
    ...(violations.length > shownMax
      ? ['', `  and ${count(violations.length - shownMax)} more`]
      : []),
  ];
}

const meanings: Readonly<Record<ViolationKind, string>> = {
  'wrong bytes': 'the bytes are not those of one value of the key',
  'unwritten value': 'no client wrote what was read',
  'refused write': 'the value of a write that was refused or never sent',
  'future read': 'a value was read before it was sent',
  'lost write': 'a miss, although the key had a value and nothing was evicted',
  'stale read': 'an older value was read after a newer one had been acknowledged',
  inversion: 'an older value was read after somebody had read a newer one',
  'returned value': 'a value came back after the key had been evicted',
};

function proofLines({ kind, key, proof, times }: Violation, style: Style): string[] {
  const more = times > 1 ? ` (${count(times)} times)` : '';
  return [
    `  ${style.bold(kind)} of ${key}${more}`,
    ...proof.map((operation) => `    ${wrap(describeOperation(operation), style.width, 6)}`),
  ];
}

/** One operation in words: who did what, where, from when to when. */
export function describeOperation(operation: Operation): string {
  const { client, node, invokedMs, endedMs } = operation;
  const span = `${seconds(invokedMs)}–${seconds(endedMs)} s`;
  return `${span}  client ${client} on node ${node} ${whatHappened(operation)}`;
}

function whatHappened(operation: Operation): string {
  if (operation.kind === 'write') {
    const end = { ok: 'acknowledged', failed: 'refused', unknown: 'no answer' }[operation.outcome];
    const why = operation.why === undefined ? '' : ` (${operation.why})`;
    return `wrote value ${operation.value}: ${end}${why}`;
  }
  switch (operation.outcome) {
    case 'value':
      return `read value ${operation.value}`;
    case 'miss':
      return 'read: a miss';
    case 'corrupt':
      return `read: ${operation.fault}: ${operation.why}`;
    case 'failed':
      return `read: no answer (${operation.why})`;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(4);
}
