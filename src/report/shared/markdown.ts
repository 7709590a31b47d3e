/** Lines of a Markdown table. `align` is per column, left where not given. Cells are escaped. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(heads.map(escapeMarkdown)),
    line(heads.map((_, column) => (align[column] === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map(escapeMarkdown))),
  ].join('\n');
}

/** Names come from outside: none may end a cell or start markup. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, '\\$&').replaceAll(/\r?\n/g, ' ');
}
