import { createLiveView, createStyle, type LiveView, type Style } from '../../report/index.ts';

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
    this.#view = createLiveView(stderr, styleFor(stderr), title, isScreen(stderr));
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

/** A terminal that says that it has no columns, as in some containers, shows lines, as a log does. */
export function isScreen(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && stream.columns > 0 && stream.rows > 0;
}

/** Where a report goes: with `--json`, stdout is for the JSON alone. */
export function reportStream(json: boolean): NodeJS.WriteStream {
  return json ? process.stderr : process.stdout;
}

/** As wide and as coloured as the stream allows; `widthElsewhere` is that of a file or a pipe. */
export function styleFor(stream: NodeJS.WriteStream, widthElsewhere = 100): Style {
  const { NO_COLOR: noColor, TERM: term } = process.env;
  const color = stream.isTTY === true && (noColor ?? '') === '' && term !== 'dumb';
  return createStyle({ color, width: isScreen(stream) ? stream.columns : widthElsewhere });
}
