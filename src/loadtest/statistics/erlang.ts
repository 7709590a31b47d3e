/**
 * The share of random arrivals that find all servers busy, and so wait: Erlang's C formula (A. K. Erlang
 * 1917; L. Kleinrock, Queueing Systems I, 1975, 3.8), by the recursion of his B formula, which does not
 * overflow.
 * @param load arrival rate times mean time of service, below `servers`; 1 is answered for more.
 */
export function waitingShare(servers: number, load: number): number {
  if (load >= servers) return 1;
  let blocked = 1;
  for (let count = 1; count <= servers; count += 1) {
    blocked = (load * blocked) / (count + load * blocked);
  }
  return (servers * blocked) / (servers - load * (1 - blocked));
}

/** The mean wait of such arrivals, those that do not wait included, in the unit of the time of service. */
export function meanWait(servers: number, load: number, service: number): number {
  return (waitingShare(servers, load) * service) / (servers - load);
}
