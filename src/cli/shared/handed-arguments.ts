/**
 * Whoever may list a machine's processes sees their arguments; their environment only their owner
 * sees. So one process of ours hands another its arguments, which may be URLs with a password, in
 * this variable.
 */
const variable = 'MEMOBUILD_ARGUMENTS';

/** The environment of a `memobuild` that is started without arguments of its own. */
export function handArguments(args: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, [variable]: JSON.stringify(args) };
}

/** This process's arguments; those that were handed to it are taken out of its environment. */
export function takeArguments(argv: readonly string[], env: NodeJS.ProcessEnv): readonly string[] {
  const handed = env[variable];
  delete env[variable];
  if (handed === undefined || argv.length > 0) return argv;
  const args: unknown = JSON.parse(handed);
  if (!Array.isArray(args) || !args.every((arg): arg is string => typeof arg === 'string')) {
    throw new TypeError(`${variable} must be a JSON array of strings`);
  }
  return args;
}
