import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OutputBudget } from '../listener/output-budget.ts';

/** Most requests of one connection that wait for the one in hand. A client that sends more is cut off. */
const pipelinedRequestsMax = 1000;

/** What a request that waits takes, with its head and Node's objects: an estimate for the budget. */
const waitingRequestBytes = 4096;

/** The requests of one connection, in the order in which they came. */
interface Queue {
  readonly waiting: (() => void)[];
  destroy(): void;
}

/**
 * Serves the requests of a connection one after the other. Node's server reads pipelined requests
 * ahead and announces all of them at once: their answers would pile up where a client does not read,
 * though none can leave before the first. A request's turn is over when its answer has gone out.
 */
export class RequestQueues {
  readonly #output: OutputBudget;
  readonly #queues = new WeakMap<Socket, Queue>();

  constructor(output: OutputBudget) {
    this.#output = output;
  }

  /** Whether a request of this connection is being answered. */
  isBusy(socket: Socket): boolean {
    return this.#queues.has(socket);
  }

  /** Calls `begin` once all earlier requests of the connection were answered; never, if it ends before. */
  take(socket: Socket, response: ServerResponse, begin: () => void): void {
    const queue = this.#queues.get(socket);
    const start = (): void => {
      response.once('close', () => this.#next(socket));
      begin();
    };
    if (queue === undefined) {
      this.#queues.set(socket, { waiting: [], destroy: () => socket.destroy() });
      start();
      return;
    }
    queue.waiting.push(start);
    if (queue.waiting.length > pipelinedRequestsMax) socket.destroy();
    else this.#output.note(queue, queue.waiting.length * waitingRequestBytes);
  }

  #next(socket: Socket): void {
    const queue = this.#queues.get(socket);
    if (queue === undefined) return;
    const start = socket.destroyed ? undefined : queue.waiting.shift();
    if (start === undefined) {
      this.#queues.delete(socket);
      this.#output.note(queue, 0);
      return;
    }
    this.#output.note(queue, queue.waiting.length * waitingRequestBytes);
    start();
  }
}
