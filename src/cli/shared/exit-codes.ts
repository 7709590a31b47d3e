/** The exit codes of every command. Documented in docs/exit-codes.md. */
export const exitCodes = {
  /** PASS or INVESTIGATE, no regression. */
  ok: 0,
  /** FAIL, a regression, a gate not met; with `--strict`, INVESTIGATE. */
  fail: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** No answer: target unreachable, port taken, unreadable file, a VOID run. */
  noAnswer: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with a message for the user and an exit code; only `cli/main.ts` prints it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
