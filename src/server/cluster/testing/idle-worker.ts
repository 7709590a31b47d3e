/**
 * A worker without listeners: it starts, reports and ends as every worker does. With the setting
 * `throws` it throws an error that is not caught each time it is asked what the store holds.
 */
import { noCounters } from '../../telemetry/counters.ts';
import { reportProcess } from '../../telemetry/process-report.ts';
import { runWorker } from '../worker.ts';

runWorker(
  async (settings) => ({
    listen: async () => ({ port: 1, otherPorts: {} }),
    report: () => reportProcess('worker', noCounters, { connectionsOpen: 0, requestsInFlight: 0 }),
    usage: () => {
      if ((settings as { throws?: boolean }).throws === true) {
        setImmediate(() => {
          throw new Error('nobody catches this');
        });
        void Promise.reject(new Error('nor this'));
      }
      return Promise.reject(new Error('there is no store'));
    },
    drain: async () => {},
  }),
  () => {},
);
