/** The fields of an access line. */
export interface AccessLine {
  readonly method: string;
  /** Redis: the first key that the command names. */
  readonly url: string;
  readonly status: number;
  readonly durationMs: number;
  readonly principal: string;
  readonly remote: string | undefined;
  /** Whether the answer went out whole. */
  readonly complete: boolean;
  /** gRPC: the build tool and its run, as the client says. */
  readonly tool?: string;
  readonly invocation?: string;
}

/** Writes one JSON line per request, in batches: one write each would halve the server's speed. */
export interface AccessLog {
  readonly write: (line: AccessLine) => void;
  flush(): void;
}

const batchBytes = 8192;
const flushIntervalMs = 500;

/** Opens the access log on stderr, where the other lines go. */
export async function openAccessLog(): Promise<AccessLog> {
  const { pino } = await import('pino');
  const sink = pino.destination({ dest: 2, sync: false, minLength: batchBytes });
  const log = pino({ base: { pid: process.pid, log: 'access' } }, sink);
  setInterval(() => sink.flush(), flushIntervalMs).unref();
  return {
    write: (line) =>
      log.info({ ...line, durationMs: Number(line.durationMs.toFixed(3)) }, 'request'),
    flush: () => sink.flushSync(),
  };
}
