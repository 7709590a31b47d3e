/** A configuration that cannot run. `problems` names each key that is wrong and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : problems.map((line) => `- ${line}`).join('\n'));
    this.problems = problems;
  }
}
