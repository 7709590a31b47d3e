import { appendFile } from 'node:fs/promises';
import { messageOf } from '../../core/index.ts';
import { annotationLine, type GitHubAnnotation } from '../../report/index.ts';

/** What a job's page and its annotations are made of. */
export interface GitHubReport {
  readonly annotation: GitHubAnnotation | undefined;
  readonly markdown: () => string;
}

/**
 * Reports to GitHub Actions, without the help of a workflow's shell: Markdown goes below the job's
 * summary, and what is not good becomes an annotation. A summary that can't be written is named on
 * stderr; it changes no verdict.
 * @param wanted what the flags say; `undefined`: where a job of GitHub runs it.
 */
export async function reportToGitHub(
  wanted: boolean | undefined,
  { annotation, markdown }: GitHubReport,
): Promise<void> {
  const { GITHUB_ACTIONS: actions, GITHUB_STEP_SUMMARY: summary = '' } = process.env;
  if (!(wanted ?? actions === 'true')) return;
  if (annotation !== undefined) process.stderr.write(`${annotationLine(annotation)}\n`);
  if (summary === '') return;
  try {
    await appendFile(summary, `${markdown().trimEnd()}\n\n`);
  } catch (error) {
    process.stderr.write(`memobuild: cannot write the job summary: ${messageOf(error)}\n`);
  }
}
