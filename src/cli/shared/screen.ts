import { createLiveView, createStyle, type LiveView, type Style } from '../../report/index.ts';
import { exitCodes } from './exit-codes.ts';

/** What the terminal shows while something runs. */
export class Screen {
  readonly #quiet: boolean;
  #view: LiveView | undefined;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  begin(title: string): void {
    if (this.#quiet) return;
    const { stderr } = process;
    this.#view = createLiveView(stderr, styleFor(stderr), title, stderr.isTTY === true);
  }

  update(progress: Parameters<LiveView['update']>[0]): void {
    this.#view?.update(progress);
  }

  note(text: string): void {
    if (this.#view === undefined) process.stderr.write(`${text}\n`);
    else this.#view.note(text);
  }

  end(): void {
    this.#view?.end();
    this.#view = undefined;
  }
}

/** Ctrl-C once: the run ends early and is reported. Twice: everything stops at once. */
export function listenForInterrupt(say: (text: string) => void): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    say('interrupted: ending the run; once more stops at once');
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const release = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  return { signal: controller.signal, release };
}

/** As wide and as coloured as the stream allows. */
export function styleFor(stream: NodeJS.WriteStream): Style {
  const { NO_COLOR: noColor, TERM: term } = process.env;
  const color = stream.isTTY === true && (noColor ?? '') === '' && term !== 'dumb';
  return createStyle({ color, width: stream.isTTY === true ? stream.columns : 100 });
}
