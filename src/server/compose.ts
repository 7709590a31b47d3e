import { setTimeout as sleep } from 'node:timers/promises';
import { httpPlace } from '../config/index.ts';
import type { Logger, Place } from '../core/index.ts';
import { createAccess } from './access/access.ts';
import { auditedAccess } from './access/audited-access.ts';
import { createAuthenticator, openToAll } from './access/auth.ts';
import type { DrainOrder } from './cluster/messages.ts';
import type { WorkerServer } from './cluster/worker.ts';
import { composeCache } from './compose-cache.ts';
import { composeHttp } from './compose-http.ts';
import { composeOtherListeners } from './compose-listeners.ts';
import type { WorkerParts } from './compose-parts.ts';
import type { WorkerSettings } from './compose-worker-settings.ts';
import { type DrainLimits, drain } from './listener/drain.ts';
import type { Lifecycle } from './listener/lifecycle.ts';
import { OutputBudget } from './listener/output-budget.ts';
import { openAccessLog } from './telemetry/access-log.ts';
import type { CollectReports } from './telemetry/collected-reports.ts';
import { createLogger } from './telemetry/logger.ts';
import { reportWorker } from './telemetry/process-report.ts';
import { Telemetry } from './telemetry/telemetry.ts';

/** Puts a worker's server together. */
export async function composeWorker(
  settings: WorkerSettings,
  collect: CollectReports,
): Promise<WorkerServer> {
  const { config, credentials } = settings;
  const logger = createLogger(config.log.level, {});
  const telemetry = new Telemetry();
  const lifecycle: Lifecycle = { draining: false };
  const { cache, counts } = await composeCache(settings, logger, {
    indexDamaged: () => {
      telemetry.indexDamages += 1;
    },
    writesFail: (reason) => {
      lifecycle.writesFail = reason;
    },
  });
  const accessLog = config.log.access ? await openAccessLog() : undefined;
  const quietAccess = createAccess({
    authenticator: credentials === null ? openToAll : createAuthenticator(credentials),
    readOnly: config.auth.readOnly,
  });
  const parts: WorkerParts = {
    ...settings,
    cache,
    access: auditedAccess(
      quietAccess,
      () => {
        telemetry.loginsFailed += 1;
      },
      logger,
    ),
    quietAccess,
    telemetry,
    lifecycle,
    output: new OutputBudget(config.limits, () => {
      telemetry.connectionsCut += 1;
    }),
    logger,
    onAccess: accessLog?.write,
  };
  const http = composeHttp(parts, collect);
  const others = await composeOtherListeners(parts);
  return {
    listen: async (asked) => {
      const port = await http.listen(withPort(httpPlace(config.listen), asked.port));
      const otherPorts: Record<string, number> = {};
      for (const other of others) {
        const place = withPort(other.place, asked.otherPorts[other.scheme]);
        otherPorts[other.scheme] = await other.listener.listen(place);
      }
      return { port, otherPorts };
    },
    report: () => reportWorker(parts.telemetry, counts()),
    usage: async () => await cache.usage(),
    drain: async (order) => {
      const limits = await announced(order, lifecycle, config.processes, logger);
      const listeners = [http, ...others.map(({ listener }) => listener)];
      await Promise.all(listeners.map((each) => drain(each, parts.lifecycle, limits, logger)));
      await cache.close();
      accessLog?.flush();
      await logger.flush();
    },
  };
}

/** Has health checks fail where the server stops, and waits until that had time to be noticed. @returns what is left. */
async function announced(
  order: DrainOrder,
  lifecycle: Lifecycle,
  { drainDelayMs, drainWindowMs, drainDeadlineMs }: DrainLimits,
  logger: Logger,
): Promise<Omit<DrainLimits, 'drainDelayMs'>> {
  switch (order.kind) {
    case 'replaced':
      return { drainWindowMs, drainDeadlineMs };
    case 'suspended':
      lifecycle.stopping = order.reason;
      return { drainWindowMs: 0, drainDeadlineMs: order.deadlineMs };
    case 'stopping':
      lifecycle.stopping = 'draining';
      if (drainDelayMs > 0) logger.info({ drainDelayMs }, 'health checks fail from here on');
      await sleep(drainDelayMs);
      return { drainWindowMs, drainDeadlineMs: drainDeadlineMs - drainDelayMs };
  }
}

/** The same place, with the port that clients know already. */
function withPort(place: Place, port: number | undefined): Place {
  return 'path' in place || port === undefined ? place : { ...place, port };
}
