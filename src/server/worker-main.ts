// The entry of a worker process; started by the primary process, never by hand.

import { outliveStandardStreams } from '../core/index.ts';
import { runWorker } from './cluster/worker.ts';
import { composeWorker } from './compose.ts';
import { parseWorkerSettings } from './compose-worker-settings.ts';
import { createLogger } from './telemetry/logger.ts';

outliveStandardStreams();
const logger = createLogger('error', {});

runWorker(
  (sent, collect) => composeWorker(parseWorkerSettings(sent), collect),
  (error) => logger.error({ err: error }, 'uncaught error'),
);
