/** A failure whose whole reply is given: client libraries match some texts of Redis word by word. */
export class RedisReplyError extends Error {
  override readonly name = 'RedisReplyError';
}

/** @param name as the client wrote it. */
export function unknownCommand(name: string): RedisReplyError {
  return new RedisReplyError(`ERR unknown command '${printable(name)}'`);
}

/** @param command in lower case. */
export function unknownSubcommand(command: string, subcommand: string): RedisReplyError {
  return new RedisReplyError(`ERR unknown subcommand '${printable(subcommand)}' of '${command}'`);
}

/** @param command in lower case. */
export function wrongArgumentCount(command: string): RedisReplyError {
  return new RedisReplyError(`ERR wrong number of arguments for '${command}' command`);
}

/** A command or option that is not supported here, or that Redis itself would refuse. */
export function syntaxError(reason: string): RedisReplyError {
  return new RedisReplyError(`ERR syntax error: ${reason}`);
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?').slice(0, 32);
}
