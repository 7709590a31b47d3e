import { type ExitCode, exitCodes } from './exit-codes.ts';

/** Ctrl-C, or SIGTERM, from now on until `release`. */
export interface Interrupt {
  /** Aborts at the first one. */
  readonly signal: AbortSignal;
  release(): void;
}

export interface InterruptOptions {
  /** Called at the first one. */
  readonly onFirst?: () => void;
  /** What the process ends with at the second one; `undefined`: it is not listened to. */
  readonly secondEndsWith?: ExitCode;
}

/** Listens for Ctrl-C in place of the default, which would end the process at once. */
export function listenForInterrupt({ onFirst, secondEndsWith }: InterruptOptions = {}): Interrupt {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      controller.abort();
      onFirst?.();
    } else if (secondEndsWith !== undefined) {
      process.exit(secondEndsWith);
    }
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const release = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  return { signal: controller.signal, release };
}

/** Ctrl-C once: the run ends early and is reported. Twice: everything stops at once. */
export function interruptRun(say: (text: string) => void): Interrupt {
  return listenForInterrupt({
    onFirst: () => say('interrupted: ending the run; Ctrl-C again stops immediately'),
    secondEndsWith: exitCodes.interrupted,
  });
}

/** Resolves at the next one. */
export async function interrupted(): Promise<void> {
  const { signal, release } = listenForInterrupt();
  await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
  release();
}
