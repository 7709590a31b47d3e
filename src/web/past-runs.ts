import type { Worker } from 'node:worker_threads';
import { messageOf, siblingModule, startModuleWorker } from '../core/index.ts';
import type { MadePage, PageMaker } from './page-server.ts';

const paths = ['/runs', '/runs/open', '/runs/compare'] as const;

/** What the thread that makes the pages is asked, and answers. */
export interface PageAsked {
  readonly id: number;
  readonly path: (typeof paths)[number];
  readonly query: Readonly<Record<string, string>>;
}

export interface PageAnswer extends MadePage {
  readonly id: number;
}

/**
 * Pages about the results in a folder: a list, one run, two compared. They are made in a thread,
 * which is started when the first is asked for.
 */
export class PastRuns {
  readonly #dir: string;
  readonly #waiting = new Map<number, (page: MadePage) => void>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  get pages(): Readonly<Record<string, PageMaker>> {
    return Object.fromEntries(
      paths.map((path): [string, PageMaker] => [path, (query) => this.#ask(path, query)]),
    );
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#failAll('the dashboard has ended');
  }

  #ask(path: PageAsked['path'], query: URLSearchParams): Promise<MadePage> {
    if (this.#waiting.size >= waitingMax) {
      return Promise.resolve(plainPage(503, 'too many pages are being made: try again'));
    }
    return new Promise((resolve) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const deadline = setTimeout(() => {
        // Nothing ends what it is at but its end.
        void this.#worker?.terminate();
        this.#worker = undefined;
        this.#failAll(`a page was not made within ${pageMsMax / 1000} s`);
      }, pageMsMax);
      this.#waiting.set(id, (page) => {
        clearTimeout(deadline);
        this.#waiting.delete(id);
        resolve(page);
      });
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, path, query: Object.fromEntries(query) } satisfies PageAsked);
    });
  }

  #start(): Worker {
    const worker = startModuleWorker(siblingModule(import.meta.url, './past-runs-worker'), {
      workerData: { dir: this.#dir },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    // It holds the command no longer than what it is beside.
    worker.unref();
    const gone = (reason: string): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failAll(reason);
    };
    worker.on('message', ({ id, status, html }: PageAnswer) => {
      this.#waiting.get(id)?.({ status, html });
    });
    worker.on('error', (error) => gone(messageOf(error)));
    worker.on('exit', () => gone('the thread that makes the pages has ended'));
    return worker;
  }

  #failAll(reason: string): void {
    for (const settle of [...this.#waiting.values()]) settle(plainPage(500, reason));
  }
}

const waitingMax = 8;
const pageMsMax = 60_000;

function plainPage(status: number, text: string): MadePage {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return { status, html: `<!doctype html><title>MemoBuild</title><p>${safe}</p>` };
}
