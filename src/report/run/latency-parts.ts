import type { RunResult } from '../../loadtest/internal.ts';
import { count, duration, figure, latency, size } from '../shared/format.ts';
import type { Style } from '../shared/style.ts';
import { table } from '../shared/table.ts';

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

/** Latency by stage, by size and by phase: a table for each that has more than one row. */
export function latencyParts(result: RunResult, style: Style): string {
  const { by_size: sizes = [], by_phase: phases = {} } = result.latency;
  const phaseRows = (Object.keys(phaseNames) as (keyof typeof phaseNames)[]).flatMap((phase) => {
    const figures = phases[phase];
    return figures === undefined ? [] : [[phaseNames[phase], figures] as const];
  });
  const sections = [
    section('Latency by stage', (result.stages ?? []).map(stageRow), style),
    section('Latency by size', sizes.map(sizeRow), style),
    section('Latency by phase of an exchange', phaseRows, style),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function section(
  title: string,
  rows: readonly (readonly [string, Figures])[],
  style: Style,
): string {
  if (rows.length < 2) return '';
  const heads = ['', ...columns.map(([name]) => style.dim(name))];
  const body = rows.map(([name, figures]) => [name, ...columns.map(([, show]) => show(figures))]);
  const align = ['left' as const, ...columns.map(() => 'right' as const)];
  return `${style.bold(title)}\n${table([heads, ...body], align)}`;
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
