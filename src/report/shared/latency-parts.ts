import type { RunResult } from '../../loadtest/internal.ts';
import { count, duration, figure, latency, size } from './format.ts';

type Figures = Pick<RunResult['latency'], 'count' | 'p50_ms' | 'p95_ms' | 'p99_ms' | 'max_ms'>;

const columns: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['count', (figures) => count(figures.count)],
  ['P50', (figures) => latency(figures.p50_ms)],
  ['P95', (figures) => latency(figures.p95_ms)],
  ['P99', (figures) => latency(figures.p99_ms)],
  ['max', (figures) => latency(figures.max_ms)],
];

const phaseNames = {
  connect: 'connect',
  first_byte: 'first byte',
  transfer: 'transfer',
} as const satisfies Record<keyof NonNullable<RunResult['latency']['by_phase']>, string>;

/** A table of latencies. The first row is its heading, the first cell of each other row its name. */
export interface LatencyTable {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** Latency by stage, by size and by phase: a table for each that has more than one row. */
export function latencyTablesOf(result: RunResult): LatencyTable[] {
  const { by_size: sizes = [], by_phase: phases = {} } = result.latency;
  const phaseRows = (Object.keys(phaseNames) as (keyof typeof phaseNames)[]).flatMap((phase) => {
    const figures = phases[phase];
    return figures === undefined ? [] : [[phaseNames[phase], figures] as const];
  });
  return [
    ...tableOf('Latency by stage', (result.stages ?? []).map(stageRow)),
    ...tableOf('Latency by size', sizes.map(sizeRow)),
    ...tableOf('Latency by phase of an exchange', phaseRows),
  ];
}

function tableOf(title: string, rows: readonly (readonly [string, Figures])[]): LatencyTable[] {
  if (rows.length < 2) return [];
  const body = rows.map(([name, figures]) => [name, ...columns.map(([, show]) => show(figures))]);
  return [{ title, rows: [['', ...columns.map(([name]) => name)], ...body] }];
}

function stageRow(stage: NonNullable<RunResult['stages']>[number]): readonly [string, Figures] {
  const { from_rate: from, to_rate: to, start_ms: startMs, latency: figures } = stage;
  const rate = from === to ? figure(from) : `${figure(from)} to ${figure(to)}`;
  return [`${rate} ops/s from ${duration(startMs)}`, figures];
}

function sizeRow(
  part: NonNullable<RunResult['latency']['by_size']>[number],
): readonly [string, Figures] {
  const { from_bytes: from, below_bytes: below } = part;
  return [below === null ? `${size(from)} and more` : `below ${size(below)}`, part];
}
