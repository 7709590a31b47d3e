// The entry of a worker process; started by primary.ts, never by hand.

import { runWorker } from './cluster/worker.ts';
import { composeWorker } from './compose.ts';

runWorker(composeWorker);
