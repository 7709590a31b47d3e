import type { MissRatioPoint, TraceStats } from '../../loadtest/internal.ts';
import { count, duration, percent, size } from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';

/** A trace's statistics for a terminal. No line break at the end. */
export function renderTraceStats(stats: TraceStats, style: Style): string {
  const { lookups, stores, keys, workingSetBytes, durationMs, notes } = stats;
  const about = stats.sampledShare === 1 ? '' : 'about ';
  return [
    `${style.bold(stats.trace)}  ${count(lookups)} lookups and ${count(stores)} stores in ${duration(durationMs)}`,
    `  working set   ${about}${size(workingSetBytes)}, ${about}${count(keys)} keys`,
    `  hit rate      recorded ${tenths(stats.recordedHitRatePercent)}, of a cache that keeps everything ${tenths(stats.unlimitedHitRatePercent)}`,
    ...notes.map((note) => `  - ${wrap(note, style.width, 4)}`),
    '',
    curveTable(stats.curve, style),
    '',
    growthTable(stats, style),
    '',
    adviceOf(stats),
  ].join('\n');
}

function curveTable(curve: readonly MissRatioPoint[], style: Style): string {
  const heads = ['--max-size', 'LRU', 'SIEVE', 'S3-FIFO'].map((text) => style.dim(text));
  const rows = curve.map((point) => [
    size(point.sizeBytes),
    tenths(point.lruPercent),
    tenths(point.sievePercent),
    tenths(point.s3FifoPercent),
  ]);
  return table([heads, ...rows], ['right', 'right', 'right', 'right']);
}

const growthRows = 8;

function growthTable({ growth, durationMs }: TraceStats, style: Style): string {
  const heads = ['after', 'keys', 'working set'].map((text) => style.dim(text));
  const rows = Array.from({ length: growthRows }, (_, row) => {
    const untilMs = (durationMs * (row + 1)) / growthRows;
    return growth.findLast(({ atMs }) => atMs <= untilMs) ?? growth[0];
  })
    .filter((point, index, all) => point !== undefined && point !== all[index - 1])
    .map((point) => [duration(point!.atMs), count(point!.keys), size(point!.sizeBytes)]);
  return table([heads, ...rows], ['right', 'right', 'right']);
}

/** A smaller cache costs less than this many points of what a large one hits. */
const enoughPoints = 1;

function adviceOf({ curve, unlimitedHitRatePercent: all }: TraceStats): string {
  const enough = curve.find(({ lruPercent }) => all !== null && lruPercent >= all - enoughPoints);
  if (enough === undefined || all === null) {
    return 'None of these sizes comes within a point of a cache that keeps everything.';
  }
  return `${size(enough.sizeBytes)} is within ${enoughPoints} point of a cache that keeps everything (LRU, as memobuild serve evicts).`;
}

/** A share in percent, to a tenth. */
export function tenths(value: number | null): string {
  return percent(value === null ? null : Math.round(10 * value) / 10);
}
