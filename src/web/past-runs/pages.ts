import { compareFiles } from '../../loadtest/internal.ts';
import {
  chartGroupsOf,
  count,
  escapeXml,
  figure,
  htmlPage,
  htmlReport,
  latency,
  percent,
  renderComparisonHtml,
} from '../../report/index.ts';
import type { PastRun, PastRunsFolder } from './folder.ts';

/** The list of past runs, with what it takes to open one and to compare two. */
export async function listPage(folder: PastRunsFolder): Promise<string> {
  const { runs, leftOut } = await folder.list();
  const where = `<p>${escapeXml(`${count(runs.length)} in ${folder.dir}`)}${leftOut > 0 ? `, ${count(leftOut)} older ones not shown` : ''}. <a href="/">Back to the run</a></p>`;
  if (runs.length === 0) {
    return htmlPage(
      'Past runs',
      `${where}<p>Runs saved there with <code>--output</code> are listed here.</p>`,
    );
  }
  const comparable = runs.filter(({ summary }) => summary !== undefined).length >= 2;
  return htmlPage(
    'Past runs',
    `${where}
<form action="/runs/compare">
<div class="scroll"><table><thead><tr>${comparable ? '<th scope="col">base</th><th scope="col">new</th>' : ''}${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${runs.map((run, index) => rowOf(run, index, comparable)).join('\n')}</tbody></table></div>
${comparable ? '<p><button>Compare base and new</button></p>' : ''}
</form>`,
  );
}

/** The report that `memobuild plot` makes of a file. */
export async function runPage(folder: PastRunsFolder, file: string): Promise<string> {
  const { read } = await folder.read(file);
  const groups = chartGroupsOf([{ file, read }]);
  return htmlReport(groups, { before: backLink(file) });
}

/** What `memobuild compare` says about two files, and the pictures of both. */
export async function comparePage(
  folder: PastRunsFolder,
  base: string,
  next: string,
  force: boolean,
): Promise<string> {
  const [from, to] = [await folder.read(base), await folder.read(next)];
  const report = compareFiles([from], [to], { force });
  const again =
    report.answer === 'not comparable'
      ? `<p><a href="${escapeXml(`/runs/compare?${new URLSearchParams({ base, new: next, force: '1' })}`)}">Compare anyway</a></p>`
      : '';
  const groups = chartGroupsOf([
    { file: base, read: from.read },
    { file: next, read: to.read },
  ]);
  return htmlReport(groups, {
    title: 'MemoBuild: two runs compared',
    before: `${backLink(`base ${base}, new ${next}`)}${renderComparisonHtml(report)}${again}`,
  });
}

/** A page for what went wrong; `text` is shown as it is. */
export function problemPage(text: string): string {
  return htmlPage('Not shown', `<p>${escapeXml(text)}</p>${backLink('')}`);
}

const heads = ['file', 'verdict', 'ops/s', 'P95', 'hit rate', 'clients', 'scenario', 'when'];

function rowOf(run: PastRun, index: number, comparable: boolean): string {
  const { file, problem, summary } = run;
  const link = `<a href="${escapeXml(`/runs/open?${new URLSearchParams({ file })}`)}">${escapeXml(file)}</a>`;
  if (summary === undefined) {
    const lead = comparable ? '<td></td><td></td>' : '';
    return `<tr>${lead}<th scope="row">${escapeXml(file)}</th><td colspan="${heads.length - 1}">${escapeXml(problem ?? '')}</td></tr>`;
  }
  // The newest as new, the one before it as base: what is compared most.
  const choices = comparable
    ? `${choice('base', file, index === 1)}${choice('new', file, index === 0)}`
    : '';
  const { name, timestamp, verdict, clients, opsPerSec, p95Ms, hitRatePercent } = summary;
  const cells = [
    verdict,
    figure(opsPerSec),
    latency(p95Ms),
    percent(hitRatePercent),
    clients === undefined ? '' : count(clients),
    name,
    timestamp.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
  ];
  const texts = cells.map((cell) =>
    cell === verdict
      ? `<td class="${verdict.toLowerCase()}">${verdict}</td>`
      : `<td>${escapeXml(cell)}</td>`,
  );
  return `<tr>${choices}<th scope="row">${link}</th>${texts.join('')}</tr>`;
}

function choice(name: 'base' | 'new', file: string, isChosen: boolean): string {
  return `<td><input type="radio" name="${name}" value="${escapeXml(file)}" aria-label="${escapeXml(`${name}: ${file}`)}"${isChosen ? ' checked' : ''} required></td>`;
}

function backLink(text: string): string {
  return `<p>${escapeXml(text)}${text === '' ? '' : ' · '}<a href="/runs">Past runs</a> · <a href="/">The run</a></p>`;
}
