import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { messageOf, siblingModule } from '../../core/index.ts';
import type { MadePage, PageMaker } from '../http/page-server.ts';

const paths = ['/runs', '/runs/open', '/runs/compare'] as const;

/** The messages to and from the process that makes the pages. */
export interface PageAsked {
  readonly id: number;
  readonly path: (typeof paths)[number];
  readonly query: Readonly<Record<string, string>>;
}

export interface PageAnswer extends MadePage {
  readonly id: number;
}

/**
 * Pages about the results in a folder: a list, one run, two compared. They are rendered in a
 * separate process, started with the first request: to compare runs of an hour takes seconds of
 * CPU, which must neither hold up the run that is being watched nor count as its generator's.
 */
export class PastRuns {
  readonly #dir: string;
  readonly #waiting = new Map<number, (page: MadePage) => void>();
  #maker: ChildProcess | undefined;
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
    const maker = this.#maker;
    this.#maker = undefined;
    this.#failAll('the dashboard has ended');
    if (maker === undefined || maker.exitCode !== null || maker.signalCode !== null) return;
    const gone = new Promise((resolve) => maker.once('exit', resolve));
    maker.ref();
    maker.kill('SIGKILL');
    await gone;
  }

  #ask(path: PageAsked['path'], query: URLSearchParams): Promise<MadePage> {
    if (this.#waiting.size >= waitingMax) {
      return Promise.resolve(plainPage(503, 'too many pages are being rendered: try again'));
    }
    return new Promise((resolve) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const deadline = setTimeout(() => {
        // Nothing ends what it is at but its end.
        this.#maker?.kill('SIGKILL');
        this.#maker = undefined;
        this.#failAll(`a page was not rendered within ${pageMsMax / 1000} s`);
      }, pageMsMax);
      this.#waiting.set(id, (page) => {
        clearTimeout(deadline);
        this.#waiting.delete(id);
        resolve(page);
      });
      this.#maker ??= this.#start();
      const asked: PageAsked = { id, path, query: Object.fromEntries(query) };
      // Its end shows that something could not be sent.
      this.#maker.send(asked, () => undefined);
    });
  }

  #start(): ChildProcess {
    const maker = fork(siblingModule(import.meta.url, './page-maker'), [this.#dir], {
      execArgv: [...process.execArgv, '--max-old-space-size=1024'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    // It holds the command no longer than what it is beside.
    maker.unref();
    maker.channel?.unref();
    // Behind the run that is watched, and not so far that a loaded machine never makes the page.
    if (maker.pid !== undefined) setPriority(maker.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const gone = (reason: string): void => {
      if (this.#maker !== maker) return;
      this.#maker = undefined;
      this.#failAll(reason);
    };
    maker.on('message', ({ id, status, html }: PageAnswer) => {
      this.#waiting.get(id)?.({ status, html });
    });
    maker.on('error', (error) => gone(messageOf(error)));
    maker.on('exit', () => gone('the process that renders pages has ended'));
    return maker;
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
