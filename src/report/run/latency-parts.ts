import type { RunResult } from '../../loadtest/internal.ts';
import { latencyTablesOf } from '../shared/latency-parts.ts';
import type { Style } from '../shared/style.ts';
import { table } from '../shared/table.ts';

/** The tables of latency by stage, by size and by phase; '' where there is none. */
export function latencyParts(result: RunResult, style: Style): string {
  const sections = latencyTablesOf(result).map(({ title, rows: [heading = [], ...rows] }) => {
    const heads = heading.map((name) => (name === '' ? '' : style.dim(name)));
    const align = heading.map((_, column) => (column === 0 ? 'left' : 'right'));
    return `${style.bold(title)}\n${table([heads, ...rows], align)}`;
  });
  return sections.join('\n\n');
}
