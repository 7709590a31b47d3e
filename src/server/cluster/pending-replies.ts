/** Questions to another process that wait for their answers; each has a number by which the answer is known. */
export class PendingReplies<T> {
  readonly #waiting = new Map<number, (reply: T | undefined) => void>();
  #lastId = 0;

  /**
   * Sends a question and waits for its answer.
   * @returns `undefined` where none came within `timeoutMs`.
   */
  ask(send: (id: number) => void, timeoutMs: number): Promise<T | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.arrived(id, undefined), timeoutMs);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(reply);
      });
      send(id);
    });
  }

  /** Takes an answer. One that comes too late, or twice, means nothing any more. */
  arrived(id: number, reply: T | undefined): void {
    this.#waiting.get(id)?.(reply);
  }
}
