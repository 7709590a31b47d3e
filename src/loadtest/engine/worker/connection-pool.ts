import type { Random } from '../../statistics/random.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';

/**
 * An open loop's connections: those that it began with, and more as they are needed, up to a bound.
 * The idle one that is used next is chosen at random: if it were always the last one, a server of several
 * processes would get its load from few connections, and so by few of its processes.
 */
export class ConnectionPool {
  /** All, idle or busy. */
  readonly all: LoadConnection[];
  /** How many there may be. */
  readonly most: number;
  readonly #idle: LoadConnection[];
  readonly #open: () => LoadConnection;
  readonly #random: Random;

  constructor({ connections, most, open, random }: ConnectionPoolOptions) {
    this.all = connections;
    this.most = Math.max(most, connections.length);
    this.#idle = [...connections];
    this.#open = open;
    this.#random = random;
  }

  get busy(): number {
    return this.all.length - this.#idle.length;
  }

  /** An idle connection, or a new one; `undefined` where all that there may be are busy. */
  take(): LoadConnection | undefined {
    const { length } = this.#idle;
    if (length === 0) return this.all.length < this.most ? this.#add() : undefined;
    const at = Math.floor(this.#random() * length);
    const taken = this.#idle[at]!;
    this.#idle[at] = this.#idle[length - 1]!;
    this.#idle.pop();
    return taken;
  }

  /** Takes a connection back. */
  give(connection: LoadConnection): void {
    this.#idle.push(connection);
  }

  #add(): LoadConnection {
    const added = this.#open();
    this.all.push(added);
    return added;
  }
}

export interface ConnectionPoolOptions {
  /** Those to begin with; further ones are added to the list. */
  readonly connections: LoadConnection[];
  readonly most: number;
  readonly open: () => LoadConnection;
  readonly random: Random;
}
