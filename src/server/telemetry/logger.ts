import { type Logger, type LogLevel, logLevels } from '../../core/index.ts';

/** A logger to stderr that can wait for its lines to be out. */
export interface ProcessLogger extends Logger {
  flush(): Promise<void>;
}

/**
 * Logs to stderr: JSON lines, or readable ones where stderr is a terminal. The library behind it is
 * loaded with the first line, so that starting up does not wait for it.
 */
export function createLogger(level: LogLevel, fields: object): ProcessLogger {
  let loading: Promise<void> | undefined;
  let target: Logger | undefined;
  const waiting: ((logger: Logger) => void)[] = [];
  const write = (at: Exclude<LogLevel, 'silent'>, call: (logger: Logger) => void): void => {
    if (logLevels.indexOf(at) < logLevels.indexOf(level)) return;
    if (target !== undefined) {
      call(target);
      return;
    }
    waiting.push(call);
    loading ??= openPino(level, fields).then((opened) => {
      target = opened;
      for (const waitingCall of waiting.splice(0)) waitingCall(opened);
    });
  };
  return {
    debug: (about, message) => write('debug', (logger) => logger.debug(about, message)),
    info: (about, message) => write('info', (logger) => logger.info(about, message)),
    warn: (about, message) => write('warn', (logger) => logger.warn(about, message)),
    error: (about, message) => write('error', (logger) => logger.error(about, message)),
    flush: async () => {
      await loading;
    },
  };
}

async function openPino(level: LogLevel, fields: object): Promise<Logger> {
  const { pino } = await import('pino');
  const sink = { write: process.stderr.isTTY ? writeReadable : writeLine };
  const logger: Logger = pino({ level, base: { pid: process.pid, ...fields } }, sink);
  return logger;
}

/** Through the process's own stream, whose loss ends nothing: a full disk behind it must not stop a server. */
function writeLine(line: string): void {
  process.stderr.write(line);
}

const levelNames: Readonly<Record<number, string>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};

/** Turns a line of JSON into one for a person. */
function writeReadable(line: string): void {
  const { time, level, msg, pid, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const about = Object.entries(rest)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  process.stderr.write(
    `${clock} ${levelNames[Number(level)] ?? String(level)} [${String(pid)}] ${String(msg)} ${about}\n`,
  );
}
