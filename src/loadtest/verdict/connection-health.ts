import type { Measurement } from '../measurement.ts';
import type { ConnectionWaits } from './connection-waits.ts';

/** Structurally one of the generator's health checks. */
interface ConnectionCheck {
  readonly name: 'connections' | 'failures';
  readonly status: 'ok' | 'note' | 'void';
  readonly text: string;
}

/** Says how an open loop's connections were used, and for whom operations waited. */
export function checkConnections(
  measurement: Measurement,
  waits: ConnectionWaits,
): ConnectionCheck[] {
  const { most, busyMost } = measurement.connections;
  if (most === undefined) return [];
  if (waits.cause === 'none') {
    const text = `at most ${busyMost} of ${most.toLocaleString('en')} connections were in use`;
    return [{ name: 'connections', status: 'ok', text }];
  }
  const share = (100 * waits.allBusyShare).toFixed(0);
  const seen = `all ${most.toLocaleString('en')} connections were busy in ${share} % of the time`;
  return [{ name: 'connections', status: 'note', text: `${seen}${meaningOf(waits, measurement)}` }];
}

function meaningOf(
  { cause, needed = 0, pacedMs }: ConnectionWaits,
  { connections: { allBusyServiceMs } }: Measurement,
): string {
  if (cause === 'generator')
    return ', after the generator had been late: what waited, waited for it';
  if (cause === 'connections') {
    return `, while the target kept its pace of ${fixed(pacedMs ?? 0)} ms for an operation, at which up to ${Math.ceil(needed).toLocaleString('en')} are needed: the connections were the limit, and what waited for one says nothing of the target; raise --max-connections`;
  }
  if (allBusyServiceMs === undefined) {
    return ', when the target answered nothing: what waited, waited for the target';
  }
  return `, when the target took ${fixed(allBusyServiceMs)} ms for an operation: it had slowed down or stalled, and what waited, waited for the target`;
}

/** Operations that failed because this machine could not open a connection. */
export function checkOwnFailures({ totals }: Pick<Measurement, 'totals'>): ConnectionCheck[] {
  const { generator: failed } = totals.failures;
  if (failed === 0) return [];
  const text = `${failed.toLocaleString('en')} operations failed because this machine had no port or open file left: raise ulimit -n, widen net.ipv4.ip_local_port_range, or use fewer connections`;
  const status = failed > ownFailuresShareMax * totals.total ? 'void' : 'note';
  return [{ name: 'failures', status, text }];
}

/** Too few to move any figure that is judged. */
const ownFailuresShareMax = 0.001;

function fixed(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}
