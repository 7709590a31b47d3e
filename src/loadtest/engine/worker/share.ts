import type { WorkerSetup } from './messages.ts';

/** The numbers of a worker's clients: every `workers`-th. */
export function clientsOf({ worker, workers, config }: WorkerSetup): number[] {
  const clients: number[] = [];
  for (let client = worker; client < config.numClients; client += workers) clients.push(client);
  return clients;
}

/**
 * Connections for the rereads. A client makes at most one write per round trip, so this many
 * connections keep up with its share.
 */
export function auditorsOf(setup: WorkerSetup): number {
  const { rereadShare } = setup.config;
  if (rereadShare === 0) return 0;
  return Math.max(1, Math.ceil(clientsOf(setup).length * rereadShare));
}

/** A worker's part of a bound on the whole run. */
export function shareOf(total: number, { worker, workers }: WorkerSetup): number {
  return Math.floor(total / workers) + (worker < total % workers ? 1 : 0);
}
