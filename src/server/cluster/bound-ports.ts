import { isDeepStrictEqual } from 'node:util';
import type { OtherPorts, Ports } from './messages.ts';

/** Keeps the ports that the first workers got, which clients know. */
export class BoundPorts {
  readonly #askedPort: number;
  #bound: Ports | undefined;
  /** The settings with which they were opened: a reload may open others beside the first. */
  #settings: unknown;

  /** @param askedPort 0 = a free one. */
  constructor(askedPort: number) {
    this.#askedPort = askedPort;
  }

  get port(): number {
    return this.#bound?.port ?? this.#askedPort;
  }

  get otherPorts(): OtherPorts {
    return this.#bound?.otherPorts ?? {};
  }

  /**
   * Port 0 means the same socket to all workers for as long as one of them has it open. A first one
   * after that would get another port, so it asks for the number that clients know.
   * @param isOpen whether a worker has the ports open.
   */
  toAskFor(settings: unknown, isOpen: boolean): Ports {
    if (isOpen || this.#bound === undefined) return { port: this.#askedPort, otherPorts: {} };
    const { port, otherPorts } = this.#bound;
    return { port, otherPorts: settings === this.#settings ? otherPorts : {} };
  }

  /**
   * Takes the ports that a worker got. One whose siblings died while it started may have got ports
   * that no client knows.
   * @returns whether they are the ones that clients know.
   */
  take(settings: unknown, ports: Ports): boolean {
    const bound = this.#bound ?? ports;
    const isReload = settings !== this.#settings;
    if (ports.port !== bound.port || (!isReload && !isDeepStrictEqual(ports, bound))) return false;
    this.#bound = ports;
    this.#settings = settings;
    return true;
  }
}
