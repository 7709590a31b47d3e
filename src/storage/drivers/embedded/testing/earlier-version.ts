/** A process that has a store's index open as versions without a commit gate do, until it is killed. */
import { join } from 'node:path';
import { open } from 'lmdb';

open({ path: join(process.argv[2] ?? '', 'index'), noSubdir: false, maxDbs: 12 });
process.send?.('opened');
setInterval(() => {}, 60_000);
