import { Command } from 'commander';

/** `memobuild purge`: deletes entries from a running server. */
export function createCommand(): Command {
  return new Command('purge');
}
