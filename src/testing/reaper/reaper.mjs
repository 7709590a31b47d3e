// node reaper.mjs MARK: waits until its stdin is closed, as it is by the death of the process that
// started this one, whatever it dies of. Then it gives what carries the mark a moment to end by
// itself and kills what has not.
import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { killMarked, markedAfter, reportVariable } from './marked-processes.mjs';

/** How long a program may take to end, on a busy machine too. */
const graceMs = 5_000;

const mark = process.argv[2];
process.stdin.resume().on('error', () => undefined);
await once(process.stdin, 'close');

const left = await markedAfter(mark, graceMs);
// Before they are killed: the reaper of the whole run may end as soon as it finds none.
try {
  await report();
} finally {
  await killMarked(mark);
}

async function report() {
  const path = process.env[reportVariable];
  if (left.length === 0 || path === undefined) return;
  // Each carries the mark of the whole run too, which says less than that of the program that started it.
  const lines = left.map(({ pid, command, startedBy }) => {
    // A browser's command line alone fills a screen.
    return `${startedBy} left process ${pid}: ${command.slice(0, 200)}\n`;
  });
  await appendFile(path, lines.join(''));
}
