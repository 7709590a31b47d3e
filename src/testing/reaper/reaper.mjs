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
await killMarked(mark);
const reportPath = process.env[reportVariable];
if (left.length > 0 && reportPath !== undefined) {
  // A browser's command line alone fills a screen.
  const lines = left.map(
    ({ pid, command }) => `${mark} left process ${pid}: ${command.slice(0, 200)}\n`,
  );
  await appendFile(reportPath, lines.join(''));
}
