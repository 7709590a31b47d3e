import { type Command, Option } from 'commander';

/** Flags and what help says of them, by their group. */
export type FlagGroups = Readonly<Record<string, readonly Flag[]>>;

type Flag = readonly [flag: string, about: string, repeatable?: boolean];

/** The flags of every command that reports to GitHub Actions. */
export const gitHubFlags: FlagGroups[string] = [
  ['--github', 'add the Markdown to the job summary and annotate (default: in GitHub Actions)'],
  ['--no-github', 'do neither'],
];

/** Adds flags in their groups. Texts stay as they are typed. */
export function addFlagGroups(command: Command, groups: FlagGroups): void {
  for (const [group, flags] of Object.entries(groups)) {
    for (const [flag, about, repeatable] of flags) {
      const option = new Option(flag, about).helpGroup(group);
      command.addOption(repeatable === true ? option.argParser(collect) : option);
    }
  }
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
