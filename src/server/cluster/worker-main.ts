// The entry of a worker process; started by primary.ts, never by hand.
import { composeWorker } from '../compose.ts';
import { runWorker } from './worker.ts';

runWorker(composeWorker);
