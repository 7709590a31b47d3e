/**
 * A process that zeroes page after page of copies of a store, and uses each copy:
 * `damaged-pages-process.ts STORE COPY FIRST END`. It says each page before it begins with it, since
 * LMDB may end the process there, and its outcome after.
 */
import { useWithZeroedPage, worksWhenOpenedAgain } from './damaged-pages.ts';

const [from = '', copy = '', first = '0', end = '0'] = process.argv.slice(2);
for (let page = Number(first); page < Number(end); page += 1) {
  process.send?.(page);
  const outcome = await useWithZeroedPage(from, copy, page);
  const works = await worksWhenOpenedAgain(copy);
  process.send?.({ ...outcome, works });
}
process.disconnect();
