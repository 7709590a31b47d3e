import { readFile } from 'node:fs/promises';

/** Watches how much memory of their own processes take, a few times per second. Linux only. */
export class PrivateMemory {
  readonly #pids: readonly number[];
  readonly #timer: NodeJS.Timeout;
  peakBytes = 0;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#timer = setInterval(() => void this.sample(), sampleEveryMs);
  }

  /** What they take now. */
  async sample(): Promise<number> {
    const parts = await Promise.all(this.#pids.map(anonymousBytes));
    const sumBytes = parts.reduce((sum, bytes) => sum + bytes, 0);
    this.peakBytes = Math.max(this.peakBytes, sumBytes);
    return sumBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const sampleEveryMs = 100;

/** Resident pages that no file backs: heap and buffers, not the store's memory map. */
async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
