import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * The lines that a process writes to a pipe, kept from the first on: a late reader still gets a
 * line that was written earlier.
 */
export class OutputLines {
  readonly #lines: string[] = [];
  readonly #looks = new Set<() => void>();
  #hasEnded = false;

  /** To be made before the process can write. */
  constructor(output: Readable) {
    const lookAgain = (): void => {
      for (const look of this.#looks) look();
    };
    createInterface({ input: output })
      .on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > linesMax) this.#lines.shift();
        lookAgain();
      })
      .on('close', () => {
        this.#hasEnded = true;
        lookAgain();
      });
  }

  /** The lines so far; where there are very many, the last of them. */
  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  /**
   * The first line that matches, whether it was written already or is still to come.
   * @throws when the output ends without one, or none comes in time; with what was written.
   */
  first(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        for (const line of this.#lines) {
          const match = pattern.exec(line);
          if (match !== null) {
            settle();
            resolve(match);
            return;
          }
        }
        if (this.#hasEnded) fail('the output ended');
      };
      const fail = (what: string): void => {
        settle();
        reject(new Error(`${what}, and no line matches ${pattern}:\n${this.text()}`));
      };
      const settle = (): void => {
        clearTimeout(timer);
        this.#looks.delete(look);
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms are over`), timeoutMs);
      this.#looks.add(look);
      look();
    });
  }
}

const linesMax = 10_000;
