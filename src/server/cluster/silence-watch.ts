/** What a {@link SilenceWatch} knows of one worker. */
export interface Watched {
  /** When it last said anything, by `performance.now()`. */
  heardMs: number;
  /** How long it may stay silent now; `undefined`: without limit. */
  readonly silenceMsMax: number | undefined;
}

/** What a {@link SilenceWatch} watches. */
export interface SilenceWatchOptions<T extends Watched> {
  readonly watched: () => Iterable<T>;
  /** Called for each that was silent for too long, once for each look. */
  readonly onSilent: (silent: T) => void;
  /** How often it looks. Default {@link lookEveryMs}. */
  readonly everyMs?: number;
}

/**
 * Finds workers that hang: each reports every second, and one that does not is stuck. A watcher
 * that was itself held up has read nothing of what they sent meanwhile, so it starts counting
 * again.
 */
export class SilenceWatch<T extends Watched> {
  readonly #options: SilenceWatchOptions<T>;
  readonly #everyMs: number;
  #lookedMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SilenceWatchOptions<T>) {
    this.#options = options;
    this.#everyMs = options.everyMs ?? lookEveryMs;
    this.#lookedMs = performance.now();
  }

  start(): void {
    this.#lookedMs = performance.now();
    this.#timer ??= setInterval(() => this.look(performance.now()), this.#everyMs);
    this.#timer.unref();
  }

  /** Looks at each worker once. */
  look(nowMs: number): void {
    const wasHeldUp = nowMs - this.#lookedMs > 2 * this.#everyMs;
    this.#lookedMs = nowMs;
    for (const each of this.#options.watched()) {
      if (wasHeldUp) each.heardMs = nowMs;
      else if (each.silenceMsMax !== undefined && nowMs - each.heardMs > each.silenceMsMax) {
        this.#options.onSilent(each);
      }
    }
  }
}

const lookEveryMs = 1_000;
