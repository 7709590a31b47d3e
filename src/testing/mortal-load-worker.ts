import { workerData } from 'node:worker_threads';

/** The load test's thread, of which all but the first die half a second after their start. */
if ((workerData as { worker: number }).worker > 0) {
  setTimeout(() => {
    throw new Error('killed for the test');
  }, 500);
}
await import('../loadtest/engine/worker/thread.ts');
