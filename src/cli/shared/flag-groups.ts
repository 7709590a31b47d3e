import { type Command, Option } from 'commander';

/** Flags and what help says of them, by the group they stand under. */
export type FlagGroups = Readonly<Record<string, readonly Flag[]>>;

type Flag = readonly [flag: string, about: string];

/** Adds flags in their groups. Texts stay as they are typed. */
export function addFlagGroups(command: Command, groups: FlagGroups): void {
  for (const [group, flags] of Object.entries(groups)) {
    for (const [flag, about] of flags) {
      const option = new Option(flag, about).helpGroup(group);
      command.addOption(repeatable.has(flag) ? option.argParser(collect) : option);
    }
  }
}

/** Whose keys, and by what right: the same for every command that drives a cache. */
export const accessFlags: readonly Flag[] = [
  ['--instance <name>', 'instance or team that the keys go into'],
  ['--header <name: value>', 'sent with each request; repeatable; not for secrets'],
  ['--header-file <file>', 'the same from a file, one a line'],
  ['--token-file <file>', 'bearer token'],
  ['--bearer-env <var>', 'environment variable with a bearer token'],
  ['--basic-env <var>', 'environment variable with user:password'],
  ['--ca <file>', 'PEM of the authority that signed the target'],
  ['--cert <file>', 'PEM of a client certificate, with --key'],
  ['--key <file>', 'PEM of its key'],
  ['--insecure-tls', 'take any certificate'],
];

const repeatable = new Set(['--header <name: value>', '--server-arg <arg>']);

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
