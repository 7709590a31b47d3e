import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../../src/testing/program.ts';

/** A CI file of this repository or of its pages. */
export interface CiFile {
  readonly name: string;
  readonly source: string;
  readonly content: unknown;
}

export interface GitHubJob {
  readonly 'runs-on': string;
  readonly 'timeout-minutes': number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly GitHubStep[];
}

export interface GitHubStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}

export interface GitLabJob {
  readonly image: string;
  readonly timeout: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly script: readonly string[];
  readonly after_script?: readonly string[];
  readonly allow_failure: { readonly exit_codes: number | readonly number[] };
  readonly artifacts: {
    readonly when: string;
    readonly paths: readonly string[];
    readonly reports: { readonly junit: string };
  };
}

/** This repository's workflow, those of docs/ci.md in their order, and the nightly one. */
export async function readCiFiles(): Promise<{ readonly github: CiFile[]; gitlab: CiFile[] }> {
  const [own, nightly] = await Promise.all(['scalability.yml', 'nightly.yml'].map(readWorkflow));
  const page = await readFile(join(repositoryRoot, 'docs/ci.md'), 'utf8');
  const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, source = '']): CiFile => {
    const content: unknown = parse(source);
    const [name = ''] = Object.entries(content as object).map(([key, value]) =>
      key === 'name' ? String(value) : key,
    );
    return { name, source, content };
  });
  const isGitHub = ({ content }: CiFile): boolean => 'jobs' in (content as object);
  return {
    github: [own!, ...shown.filter(isGitHub), nightly!],
    gitlab: shown.filter((file) => !isGitHub(file)),
  };
}

async function readWorkflow(name: string): Promise<CiFile> {
  const source = await readFile(join(repositoryRoot, '.github/workflows', name), 'utf8');
  return { name, source, content: parse(source) };
}

/** The one job of a workflow. */
export function jobOf({ content }: CiFile): GitHubJob {
  return Object.values((content as { jobs: Record<string, GitHubJob> }).jobs)[0]!;
}

/** The one job of a `.gitlab-ci.yml`. */
export function gitLabJobOf({ content }: CiFile): GitLabJob {
  return Object.values(content as Record<string, GitLabJob>)[0]!;
}

/** The variables of a job or step; those in `known` replace values that only CI can fill in. */
export function valuesOf(
  env: Readonly<Record<string, string | number>>,
  known: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const filled = known[name] ?? shortened(String(value));
      assert.doesNotMatch(filled, /\$\{\{/, `${name} needs a value in this test`);
      return [name, filled];
    }),
  );
}

/** The same load, over in a second. */
function shortened(value: string): string {
  if (!/--(duration|scale) /.test(value)) return value;
  const short = value
    .replace(/--duration \S+/, '--duration 1')
    .replace(/--scale \S+/, '--scale 0.02');
  return `${short} --size 1KiB --working-set 50`;
}
