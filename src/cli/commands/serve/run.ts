import { rm } from 'node:fs/promises';
import {
  allSettings,
  type ConfigSources,
  describeConfig,
  exposedSecrets,
  httpPlace,
  type LoadedConfig,
  loadConfig,
  otherPlace,
  type ServeConfig,
  socketPathsOf,
  storeIsPerProcess,
  workersOf,
} from '../../../config/index.ts';
import {
  CacheError,
  listenerSchemes,
  listeningLine,
  memobuildVersion,
  messageOf,
  type Place,
  urlHost,
} from '../../../core/index.ts';
import {
  composePrimary,
  composeSettings,
  createLogger,
  discardTrace,
  lockStore,
  type Primary,
  type ProcessLogger,
  removeStaleSocket,
  type StoreLock,
  type WorkerSettings,
  WorkersFailed,
} from '../../../server/index.ts';
import { wrongUsage } from '../../shared/configuration-problems.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';

/** Prints the configuration that `serve` would run with. */
export async function printServeConfig(sources: ConfigSources): Promise<void> {
  process.stdout.write(describeConfig(await load(sources)));
}

/** Runs the server until a signal has ended it. */
export async function runServe(sources: ConfigSources): Promise<void> {
  const { config, warnings } = await load(sources);
  const settings = await compose(config);
  const logger = createLogger(config.log.level, {});
  for (const warning of [...warnings, ...(await exposedSecrets(config))]) logger.warn({}, warning);
  await freeSockets(config);
  // Taken while the workers load their code.
  const store = takeStore(config, logger);
  const primary = composePrimary({
    workers: workersOf(config),
    port: config.listen.port,
    drain: config.processes,
    restartDelayMsMax: config.processes.restartDelayMsMax,
    settings,
    workerTimeoutMs: config.processes.workerTimeoutMs,
    store,
    logger,
  });
  const stopped = onSignals(primary, logger, () => reread(sources, settings, logger));
  const dashboard = await openDashboard(config, primary, store);
  // A signal may come before the workers serve.
  const started = await Promise.race([
    start(primary, settings, store),
    stopped.then(() => undefined),
  ]).catch(async (error: unknown) => {
    await dashboard?.close();
    throw error;
  });
  if (started !== undefined) announce(config, started, primary.otherPorts, logger, dashboard?.url);
  if (started !== undefined && settings.trace !== null) {
    logger.info({ trace: settings.trace.path }, 'recording requests');
  }
  const exitCode = await stopped;
  await dashboard?.close();
  await removeSockets(config);
  await (await store).release();
  await logger.flush();
  process.exit(exitCode);
}

/** Removes what killed servers left at the paths of sockets. */
async function freeSockets({ listen }: ServeConfig, running?: ServeConfig): Promise<void> {
  const ours = running === undefined ? [] : socketPathsOf(running.listen);
  for (const path of socketPathsOf(listen)) {
    if (ours.includes(path)) continue;
    try {
      await removeStaleSocket(path);
    } catch (error) {
      throw new CommandError(exitCodes.noAnswer, messageOf(error), { cause: error });
    }
  }
}

/** The last worker's end removes them, unless it was killed. */
async function removeSockets({ listen }: ServeConfig): Promise<void> {
  for (const path of socketPathsOf(listen)) await rm(path, { force: true });
}

/** Says on stdout, in a form that other programs read, where the server listens. */
function announce(
  config: ServeConfig,
  port: number,
  otherPorts: Primary['otherPorts'],
  logger: ProcessLogger,
  dashboardUrl: string | undefined,
): void {
  process.stdout.write(`${listeningLine(urlOf(config, 'http', httpPlace(config.listen), port))}\n`);
  for (const [scheme, other] of Object.entries(otherPorts)) {
    const place = otherPlace(config.listen, scheme as OtherScheme);
    if (place !== undefined) {
      process.stdout.write(`${listeningLine(urlOf(config, scheme, place, other))}\n`);
    }
  }
  if (dashboardUrl !== undefined) process.stdout.write(`Dashboard: ${dashboardUrl}\n`);
  logger.info({ version: memobuildVersion, dir: config.store.dir }, 'listening');
}

/** Before the workers start: where the page can't be served, nothing is. */
async function openDashboard(
  { listen }: ServeConfig,
  primary: Primary,
  store: Promise<StoreLock>,
): Promise<{ readonly url: string; close(): Promise<void> } | undefined> {
  if (listen.uiPort === undefined) return undefined;
  // The caller that starts the workers receives the reason why the store cannot be opened.
  store.catch(() => undefined);
  // Loaded on use: most servers have none.
  const { openServeDashboard } = await import('./dashboard.ts');
  try {
    return await openServeDashboard(listen.uiPort, primary);
  } catch (error) {
    await store.then(
      (lock) => lock.release(),
      () => undefined,
    );
    throw new CommandError(exitCodes.noAnswer, messageOf(error), { cause: error });
  }
}

async function takeStore(config: ServeConfig, logger: ProcessLogger): Promise<StoreLock> {
  try {
    return await lockStore(config, logger);
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    throw new CommandError(exitCodes.noAnswer, error.message, { cause: error });
  }
}

async function start(
  primary: Primary,
  { config, trace }: WorkerSettings,
  store: Promise<StoreLock>,
): Promise<number> {
  try {
    return await primary.start();
  } catch (error) {
    await primary.kill();
    if (trace !== null) await discardTrace(trace);
    await (await store).release();
    if (!(error instanceof WorkersFailed)) throw error;
    const text =
      error.code === 'EADDRINUSE'
        ? `${portsInUse(config)}: another program listens there`
        : `the server cannot start: ${error.message}`;
    throw new CommandError(exitCodes.noAnswer, text, { cause: error });
  }
}

/** The system does not say which of several it is. */
function portsInUse({ listen }: ServeConfig): string {
  const places = [
    { flag: '--port', place: httpPlace(listen) },
    ...listenerSchemes.map((scheme) => ({
      flag: `--${scheme}-port`,
      place: otherPlace(listen, scheme),
    })),
  ].flatMap(({ flag, place }) =>
    place === undefined || 'path' in place ? [] : [{ flag, ...place }],
  );
  const flags = places.map(({ flag, port }) => `${flag} ${port}`).join(' or ');
  const hosts = [...new Set(places.map(({ host }) => host))].join(' or ');
  return `${flags} is in use on ${hosts}`;
}

/** Resolves with the exit code when a signal has ended the server. */
function onSignals(
  primary: Primary,
  logger: ProcessLogger,
  reread: () => Promise<WorkerSettings | undefined>,
): Promise<number> {
  return new Promise((resolve) => {
    /** Known once a signal came. A second one ends the drain too, so both waits answer the same. */
    let exitCode: number | undefined;
    const end = (signal: NodeJS.Signals): void => {
      const isSecond = exitCode !== undefined;
      logger.info({ signal }, isSecond ? 'stopping immediately' : 'draining');
      exitCode = isSecond ? exitCodes.interrupted : exitCodes.ok;
      const ended = isSecond ? primary.kill() : primary.stop();
      void ended.then(() => resolve(exitCode ?? exitCodes.ok));
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    let reloaded = Promise.resolve();
    process.on('SIGHUP', () => {
      reloaded = reloaded.then(() => reload(primary, logger, reread));
    });
  });
}

async function reload(
  primary: Primary,
  logger: ProcessLogger,
  reread: () => Promise<WorkerSettings | undefined>,
): Promise<void> {
  logger.info({}, 'reloading the configuration');
  try {
    const settings = await reread();
    if (settings === undefined) return;
    await primary.reload(settings);
    logger.info({}, 'reloaded');
  } catch (error) {
    logger.error({ reason: messageOf(error) }, 'not reloaded, keeping the old configuration');
  }
}

async function reread(
  sources: ConfigSources,
  running: WorkerSettings,
  logger: ProcessLogger,
): Promise<WorkerSettings | undefined> {
  const { config } = await load(sources);
  for (const warning of await exposedSecrets(config)) logger.warn({}, warning);
  if (storeIsPerProcess(running.config)) {
    const { driver } = running.config.store;
    logger.warn({}, `the ${driver} store lives in its worker: its entries are lost`);
  }
  const kept = structuredClone(config) as unknown as Record<string, Record<string, unknown>>;
  for (const { area, field, setting } of allSettings) {
    if (setting.needsRestart !== true) continue;
    const was = (running.config[area] as unknown as Record<string, unknown>)[field];
    if (kept[area]![field] === was) continue;
    logger.warn({ setting: `${area}.${field}` }, 'changing this requires a restart');
    kept[area]![field] = was;
  }
  const settings = await compose(kept as unknown as ServeConfig, running);
  await freeSockets(settings.config, running.config);
  return settings;
}

type OtherScheme = Parameters<typeof otherPlace>[1];

/** As clients are given it. A socket has no URL that all of them take, so its path and the scheme are named. */
function urlOf({ listen }: ServeConfig, plainScheme: string, place: Place, port: number): string {
  const scheme = `${plainScheme}${listen.tlsCert === undefined ? '' : 's'}`;
  if ('path' in place) return `unix:${place.path} (${scheme})`;
  return `${scheme}://${urlHost(place.host)}:${port}`;
}

async function load(sources: ConfigSources): Promise<LoadedConfig> {
  return await wrongUsage(() => loadConfig(sources));
}

async function compose(config: ServeConfig, running?: WorkerSettings): Promise<WorkerSettings> {
  return await wrongUsage(() => composeSettings(config, running));
}
