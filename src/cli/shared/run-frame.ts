import { interruptRun } from './interrupt.ts';
import { orCommandError } from './load-test-errors.ts';
import { withFlagNames } from './option-flags.ts';
import { Screen } from './screen.ts';

/** The frame around load-test runs that a command makes in its own process. */
export interface RunFrame {
  readonly screen: Screen;
  /** Aborts at the first Ctrl-C: the run ends early and is reported. */
  readonly signal: AbortSignal;
}

/**
 * Makes runs with their progress on the screen, with Ctrl-C ending them early, and with the load
 * test's errors as the command's. The screen is given back whatever happens.
 * @throws {CommandError} for an error of the load test, with options called by their flags.
 */
export async function withRunFrame<T>(
  { quiet }: { readonly quiet: boolean },
  run: (frame: RunFrame) => Promise<T>,
): Promise<T> {
  const screen = new Screen(quiet);
  const interrupt = interruptRun((text) => screen.note(text));
  try {
    return await orCommandError(run({ screen, signal: interrupt.signal }), withFlagNames);
  } finally {
    screen.end();
    interrupt.release();
  }
}
