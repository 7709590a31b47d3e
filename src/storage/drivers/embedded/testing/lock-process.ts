/**
 * A process that takes the lock of a directory, says so, and holds it until it is killed:
 * `lock-process.ts DIR [open]`. With `open` it opens the store, too.
 */
import { messageOf } from '../../../../core/index.ts';
import { lockStoreDirectory, openEmbeddedStore } from '../open.ts';

try {
  const [dir = '', open] = process.argv.slice(2);
  await lockStoreDirectory({ dir });
  if (open === 'open') await openEmbeddedStore({ dir, maxBytes: 0 });
  process.send?.('locked');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.send?.(messageOf(error));
  process.disconnect();
}
