import { loopNameOf, type RunResult } from '../../loadtest/internal.ts';
import {
  count,
  duration,
  failedByTarget,
  figure,
  latency,
  measuredText,
  percent,
  signed,
} from '../shared/format.ts';
import { latencyTablesOf } from '../shared/latency-parts.ts';
import { type Chart, type ColorName, darkPalette, lightPalette, type Palette } from './chart.ts';
import type { ChartGroup } from './charts-of.ts';
import { drawSvg, escapeXml } from './draw-svg.ts';

/**
 * Writes a report as one HTML page: nothing is fetched, it opens from disk, follows the reader's
 * light or dark setting, and has a drawing of each chart for wide and for narrow screens.
 */
export async function htmlReport(
  groups: readonly ChartGroup[],
  around: ReportSurroundings = {},
): Promise<string> {
  const sections = await Promise.all(groups.map(section));
  const runs = groups.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const title =
    runs.length === 1 ? `MemoBuild load test: ${groups[0]?.heading}` : 'MemoBuild load tests';
  const body = [around.before ?? '', runs.length > 1 ? summaryTable(runs) : '', ...sections];
  return htmlPage(around.title ?? title, body.join('\n'));
}

/** Optional parts of a page around its report, as markup. */
export interface ReportSurroundings {
  /** A text, instead of the report's own title. */
  readonly title?: string;
  /** Below the title. */
  readonly before?: string;
}

/** A page in the reports' style: `title` is a text, `body` markup. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${css()}</style>
</head>
<body>
<main>
<h1>${escapeXml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

async function section(group: ChartGroup): Promise<string> {
  const figures = await Promise.all(group.charts.map((chart) => figureOf(group.id, chart)));
  const { run } = group;
  const parts = run === undefined ? [] : [verdictOf(run), factsOf(run)];
  const after =
    run === undefined ? [] : [latenciesOf(run), failuresOf(run), notesOf(run), againOf(run)];
  return `<section id="${escapeXml(group.id || 'run')}">
<h2>${escapeXml(group.heading)}</h2>
${[...parts, ...figures, ...after].join('\n')}
</section>`;
}

const drawings = {
  wide: { widthPx: 900, heightPx: 340 },
  narrow: { widthPx: 400, heightPx: 320 },
} as const;

const pageColors = Object.fromEntries(
  Object.keys(lightPalette).map((name) => [name, `var(--${name})`]),
) as Palette;

async function figureOf(groupId: string, chart: Chart): Promise<string> {
  const wide = await drawSvg(chart, drawings.wide, pageColors);
  const narrow = await drawSvg(chart, drawings.narrow, pageColors);
  // The drawings' own style classes must not meet those of their neighbours.
  const scoped = (svg: string, word: string): string =>
    svg.replaceAll(/zr\d+-/g, (name) => `${groupId}${chart.id}-${word}-${name}`);
  return `<figure id="${escapeXml(`${groupId}${chart.id}`)}">
<h3>${escapeXml(chart.title)}</h3>
<div class="wide">${responsive(scoped(wide, 'w'))}</div>
<div class="narrow">${responsive(scoped(narrow, 'n'))}</div>
<figcaption>${escapeXml(chart.description)}</figcaption>
${chart.table.length === 0 ? '' : `<details><summary>Figures</summary>${htmlTable(chart.table)}</details>`}
</figure>`;
}

function responsive(svg: string): string {
  return svg.replace(/ width="\d+" height="\d+"/, ' width="100%"');
}

function verdictOf({ verdict }: RunResult): string {
  const rows = verdict.rows.map((row) => [
    row.label,
    row.requirement,
    measuredText(row),
    signed(row.margin, row.unit),
    row.verdict,
  ]);
  const reasons = verdict.reasons.map((reason) => `<li>${escapeXml(reason)}</li>`).join('');
  return `<p class="verdict ${verdict.verdict.toLowerCase()}"><strong>${verdict.verdict}</strong></p>
${reasons === '' ? '' : `<ul>${reasons}</ul>`}
${htmlTable([['', 'required', 'measured', 'margin', 'verdict'], ...rows])}`;
}

function factsOf(run: RunResult): string {
  const { operations, cache, environment } = run;
  return htmlTable([
    ['', 'value', 'in the file'],
    [
      'operations',
      `${count(operations.total)} in ${duration(run.duration_ms)}`,
      'operations, duration_ms',
    ],
    [
      'failed',
      `${count(failedByTarget(run))} (${percent(run.error_rate_percent)})`,
      'errors_by_type',
    ],
    ['throughput', `${figure(run.throughput_ops_per_sec)} ops/s`, 'throughput_ops_per_sec'],
    [
      'P50, P95, P99',
      [run.latency.p50_ms, run.latency.p95_ms, run.latency.p99_ms].map(latency).join(', '),
      'latency',
    ],
    ['hit rate', `${percent(cache.hit_rate_percent)} (target ${cache.target_percent} %)`, 'cache'],
    [
      'load',
      `${count(run.config.num_clients)} clients, ${loopNameOf(run)}, protocol ${run.config.protocol}`,
      'config',
    ],
    [
      'machine',
      `${environment.cpu_count} × ${environment.cpu_model ?? environment.arch}, Node ${environment.node_version}, memobuild ${environment.memobuild_version}`,
      'environment',
    ],
    ['when', run.timestamp, 'timestamp'],
  ]);
}

function latenciesOf(run: RunResult): string {
  return latencyTablesOf(run)
    .map(({ title, rows }) => `<h3>${escapeXml(title)}</h3>${htmlTable(rows)}`)
    .join('\n');
}

function failuresOf({ errors_by_type: errors }: RunResult): string {
  const rows = Object.entries(errors).filter(([, failures]) => failures > 0);
  if (rows.length === 0) return '';
  return `<h3>Failures</h3>${htmlTable([
    ['kind', 'operations'],
    ...rows.map(([kind, failures]) => [kind, count(failures)]),
  ])}`;
}

function notesOf({ notes, verdict }: RunResult): string {
  const all = [...verdict.notes, ...notes];
  if (all.length === 0) return '';
  return `<h3>Notes</h3><ul>${all.map((note) => `<li>${escapeXml(note)}</li>`).join('')}</ul>`;
}

function againOf({ config }: RunResult): string {
  return `<details><summary>Configuration, to repeat the run</summary><pre>${escapeXml(JSON.stringify(config, null, 2))}</pre></details>`;
}

function summaryTable(runs: readonly RunResult[]): string {
  return htmlTable([
    ['run', 'verdict', 'clients', 'operations/s', 'P95', 'hit rate', 'failed'],
    ...runs.map((run) => [
      run.name ?? run.timestamp,
      run.verdict.verdict,
      count(run.config.num_clients),
      figure(run.throughput_ops_per_sec),
      latency(run.latency.p95_ms),
      percent(run.cache.hit_rate_percent),
      count(failedByTarget(run)),
    ]),
  ]);
}

/** The first row is the heading, the first cell of each other row its name. */
export function htmlTable([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const head = heading.map((cell) => `<th scope="col">${escapeXml(cell)}</th>`).join('');
  const body = rows
    .map(([name = '', ...cells]) => {
      const rest = cells.map((cell) => `<td${cellClass(cell)}>${breakable(cell)}</td>`).join('');
      return `<tr><th scope="row">${escapeXml(name)}</th>${rest}</tr>`;
    })
    .join('\n');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** A long key of the file may continue in the next line of a narrow column. */
function breakable(cell: string): string {
  return escapeXml(cell).replaceAll('_', '_<wbr>');
}

function cellClass(cell: string): string {
  return /^(PASS|INVESTIGATE|FAIL|VOID|INTERRUPTED)$/.test(cell)
    ? ` class="${cell.toLowerCase()}"`
    : '';
}

function css(): string {
  const colors = (palette: Palette): string =>
    (Object.keys(palette) as ColorName[]).map((name) => `--${name}:${palette[name]}`).join(';');
  return `
:root{${colors(lightPalette)}}
@media (prefers-color-scheme:dark){:root{${colors(darkPalette)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 "DejaVu Sans",system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{margin-top:2.5rem;border-top:1px solid var(--grid);padding-top:1rem}h3{margin:1.5rem 0 .25rem;font-size:1.05rem}
figure{margin:0}figcaption{color:var(--faint);font-size:.875rem}
.narrow{display:none}
@media (max-width:640px){.wide{display:none}.narrow{display:block}}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:.75rem 0;font-size:.9rem}
th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--grid);vertical-align:top}
tbody th{font-weight:normal}thead th{color:var(--faint);font-weight:normal}
td{font-variant-numeric:tabular-nums}
.verdict{font-size:1.4rem;margin:.5rem 0}
.pass{color:var(--green)}.investigate{color:var(--orange)}.fail{color:var(--red)}.void,.interrupted{color:var(--purple)}
pre{overflow-x:auto;font-size:.8rem}
a{color:var(--blue)}
summary{cursor:pointer;color:var(--faint);font-size:.9rem}
@media (max-width:640px){table{font-size:.75rem}th,td{padding-right:.4rem}td:last-child{padding-right:0}}
`.trim();
}
