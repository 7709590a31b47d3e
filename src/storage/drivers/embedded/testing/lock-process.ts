/** A process that takes the lock of a directory, says so, and holds it until it is killed. */
import { messageOf } from '../../../../core/index.ts';
import { lockStoreDirectory } from '../open.ts';

try {
  await lockStoreDirectory({ dir: process.argv[2] ?? '' });
  process.send?.('locked');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.send?.(messageOf(error));
  process.disconnect();
}
