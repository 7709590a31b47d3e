import type { OverallVerdict } from '../../loadtest/internal.ts';

/** The exit codes of every command, declared here and nowhere else. docs/exit-codes.md explains them. */
export const exitCodes = {
  /** PASS or INVESTIGATE, no regression. */
  ok: 0,
  /** FAIL, a regression, a gate not met; with `--strict`, INVESTIGATE. */
  fail: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** No answer: target unreachable, port taken, unreadable file, runs that can't be compared. */
  noAnswer: 3,
  /** The generator or the machine invalidated the run. */
  void: 4,
  /** Too little data for an answer. */
  inconclusive: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ofVerdict: Readonly<Record<OverallVerdict, ExitCode>> = {
  PASS: exitCodes.ok,
  INVESTIGATE: exitCodes.ok,
  FAIL: exitCodes.fail,
  'NO ANSWER': exitCodes.noAnswer,
  VOID: exitCodes.void,
  INCONCLUSIVE: exitCodes.inconclusive,
  INTERRUPTED: exitCodes.interrupted,
};

/** What a verdict ends the program with. */
export function exitCodeOfVerdict(
  verdict: OverallVerdict,
  { strict }: { readonly strict: boolean },
): ExitCode {
  return strict && verdict === 'INVESTIGATE' ? exitCodes.fail : ofVerdict[verdict];
}

const usual: Partial<Record<keyof typeof exitCodes, string>> = {
  usage: 'wrong usage',
  interrupted: 'interrupted',
};

/** The line of a command's help: each code that it ends with, and what the code means there. */
export function exitCodeHelp(meanings: Partial<Record<keyof typeof exitCodes, string>>): string {
  const texts = { ...usual, ...meanings };
  const parts = (Object.keys(exitCodes) as (keyof typeof exitCodes)[])
    .filter((name) => texts[name] !== undefined)
    .map((name) => `${exitCodes[name]} ${texts[name]}`);
  return `Exit codes: ${parts.join(', ')}.`;
}

/** Ends a command with a message for the user and an exit code; only `cli/main.ts` prints it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
