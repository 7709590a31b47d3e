import picocolors from 'picocolors';
import type { OverallVerdict } from '../../loadtest/internal.ts';

/** How a report may look: as wide as the reader's terminal, coloured only where that helps. */
export interface Style {
  /** 72 to 120 columns, whatever the terminal has. */
  readonly width: number;
  bold(text: string): string;
  dim(text: string): string;
  /** Colours a text as a verdict is coloured. */
  verdict(verdict: OverallVerdict, text?: string): string;
  warn(text: string): string;
}

export function createStyle(options: { readonly color: boolean; readonly width: number }): Style {
  const colors = picocolors.createColors(options.color);
  const paint = {
    PASS: colors.green,
    INVESTIGATE: colors.yellow,
    FAIL: colors.red,
    'NO ANSWER': colors.red,
    VOID: colors.magenta,
    INCONCLUSIVE: colors.yellow,
    INTERRUPTED: colors.magenta,
  } satisfies Record<OverallVerdict, (text: string) => string>;
  return {
    width: Math.max(72, Math.min(options.width, 120)),
    bold: colors.bold,
    dim: colors.dim,
    verdict: (verdict, text = verdict) => paint[verdict](text),
    warn: colors.yellow,
  };
}

/** Breaks a text at spaces, every line but the first indented. A word longer than the line stays whole. */
export function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - indent) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.join(`\n${' '.repeat(indent)}`);
}

/** The heading of a section, with a remark beside it. */
export function heading(text: string, style: Style, note = ''): string {
  return `${style.bold(text)}${note === '' ? '' : `  ${style.dim(note)}`}`;
}
