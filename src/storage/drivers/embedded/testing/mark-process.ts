/** A process that takes the mark of a directory away and sets it again, until it is killed. */
import { markInUse, unmark } from '../boot-mark.ts';
import { layoutOf } from '../layout.ts';

const layout = layoutOf(process.argv[2] ?? '');
markInUse(layout);
process.send?.('begun');
for (;;) {
  unmark(layout);
  markInUse(layout);
}
