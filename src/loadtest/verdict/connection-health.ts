import type { Measurement, Window } from '../measurement.ts';

/** Structurally one of the generator's health checks. */
interface ConnectionCheck {
  readonly name: 'connections' | 'failures';
  readonly status: 'ok' | 'note' | 'void';
  readonly text: string;
}

type Connections = Pick<Measurement, 'connections'>;

/**
 * Open loop: whether the bound on connections was what operations waited for. A target that slows
 * down, or stalls, keeps its connections busy longer until all are: then the wait is its own doing.
 * Where they were all busy and yet each operation held its connection about as long as one that was
 * sent while few were in use, more connections would have carried more (by Little's law they carry
 * at most their number divided by that time), and nothing is known of the target. The same holds
 * where they were always all busy, so that there is nothing to compare with.
 */
export function wereConnectionsTheLimit(measurement: Connections, sentMs: number): boolean {
  const { allBusyServiceMs, calmServiceMs = Number.POSITIVE_INFINITY } = measurement.connections;
  if (allBusyShareOf(measurement, sentMs) <= allBusyShareMax) return false;
  return allBusyServiceMs !== undefined && allBusyServiceMs <= slowerFactor * calmServiceMs;
}

/** The share of the time in which operations waited because all connections were busy. */
function allBusyShareOf({ connections: { most, allBusyMs } }: Connections, sentMs: number): number {
  return most === undefined || sentMs <= 0 ? 0 : Math.min(1, allBusyMs / sentMs);
}

/** Says how an open loop's connections were used, and what that means. */
export function checkConnections(measurement: Connections, sentMs: number): ConnectionCheck[] {
  const { most, allBusyServiceMs, busyMost, calmServiceMs } = measurement.connections;
  if (most === undefined) return [];
  const share = allBusyShareOf(measurement, sentMs);
  if (share <= allBusyShareMax) {
    const text = `at most ${busyMost} of ${most.toLocaleString('en')} connections were in use`;
    return [{ name: 'connections', status: 'ok', text }];
  }
  const seen = `all ${most.toLocaleString('en')} connections were busy in ${(100 * share).toFixed(0)} % of the time`;
  if (allBusyServiceMs === undefined) {
    const text = `${seen}, when the target answered nothing: what waited, waited for the target`;
    return [{ name: 'connections', status: 'note', text }];
  }
  const text = wereConnectionsTheLimit(measurement, sentMs)
    ? `${seen}, and the target took ${fixed(allBusyServiceMs)} ms for an operation: the connections were the limit, and what waited for one says nothing of the target; raise --max-connections`
    : `${seen}, when the target took ${fixed(allBusyServiceMs)} ms for an operation instead of ${fixed(calmServiceMs ?? 0)} ms: what waited, waited for the target`;
  return [{ name: 'connections', status: 'note', text }];
}

/**
 * The windows in which operations waited for a connection, where the connections were the limit: what
 * was measured then is not the target's.
 */
export function connectionLimitedWindows(
  measurement: Pick<Measurement, 'connections' | 'sendingMs' | 'windows'>,
): Window[] {
  if (!wereConnectionsTheLimit(measurement, measurement.sendingMs)) return [];
  return measurement.windows.filter(
    ({ allBusyMs = 0, startMs, endMs }) => allBusyMs > allBusyShareMax * (endMs - startMs),
  );
}

/** Operations that failed because this machine could not open a connection. */
export function checkOwnFailures({ totals }: Pick<Measurement, 'totals'>): ConnectionCheck[] {
  const { generator: failed } = totals.failures;
  if (failed === 0) return [];
  const text = `${failed.toLocaleString('en')} operations failed because this machine had no port or open file left: raise ulimit -n, widen net.ipv4.ip_local_port_range, or use fewer connections`;
  const status = failed > ownFailuresShareMax * totals.total ? 'void' : 'note';
  return [{ name: 'failures', status, text }];
}

/** Less is a burst that the bound rounded off. */
const allBusyShareMax = 0.01;
/** A target that takes so many times as long has slowed down. */
const slowerFactor = 2;
/** Too few to move any figure that is judged. */
const ownFailuresShareMax = 0.001;

function fixed(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}
