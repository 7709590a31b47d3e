import { LineChart, latencyChart } from './charts.js';
import { byId, element, fillTable, setText, Tiles, verdictClass } from './dom.js';
import { clock, count, duration, figure, latency, nothing, percent, size } from './format.js';
import { follow } from './live.js';

/** The page as it was sent, patches laid over it. */
let page;
/** The scenario that is shown where it is not the one that runs. */
let chosen;
let targetHitRate = null;

const tiles = new Tiles(byId('tiles'));
const container = byId('charts');
const timed = { time: clock };
const throughput = new LineChart(container, {
  ...timed,
  title: 'Throughput',
  about: 'Operations completed per second.',
  axes: [{ name: 'operations/s', format: figure }],
  lines: [
    { name: 'successful', column: 1, color: 'blue', width: 2.5 },
    { name: 'hits', column: 2, color: 'green' },
    { name: 'misses', column: 3, color: 'orange' },
    { name: 'failed', column: 4, color: 'red' },
  ],
  describe: (point) => `${figure(point[1])} operations per second, ${figure(point[4])} failed`,
});
const latencies = latencyChart(container, {
  ...timed,
  title: 'Latency',
  about: 'P50, P95 and P99 of each second, on a logarithmic scale.',
});
const hitRates = new LineChart(container, {
  ...timed,
  title: 'Hit rate',
  about: 'Share of answered lookups that hit, per second, and the target.',
  axes: [{ name: 'hits', format: (value) => `${figure(value)} %`, max: 100 }],
  lines: [
    { name: 'hit rate', column: 8, color: 'green', width: 2.5 },
    { name: 'target', value: () => targetHitRate, color: 'faint', dashed: true },
  ],
  describe: (point) => percent(point[8]),
});
const resources = new LineChart(container, {
  ...timed,
  title: 'Memory and CPU',
  about: "The server's memory (left), cores that server and generator used (right).",
  axes: [
    { name: 'memory', format: (mebibytes) => `${figure(mebibytes)} MiB` },
    { name: 'cores', format: figure },
  ],
  lines: [
    {
      name: 'server memory',
      column: 9,
      color: 'purple',
      width: 2.5,
      scale: 2 ** -20,
      connect: true,
    },
    { name: 'server CPU', column: 10, color: 'blue', axis: 1, connect: true },
    { name: 'generator CPU', column: 11, color: 'orange', axis: 1, connect: true },
  ],
  describe: (point) =>
    `server memory ${size(point[9])}, server ${figure(point[10])} cores, generator ${figure(point[11])} cores`,
});

follow({
  onSnapshot(snapshot) {
    page = snapshot;
    showAll();
    return page.end?.stays ? 'ended; the page stays open until Ctrl-C in the terminal' : undefined;
  },
  onPatch({ current, live, rows, notes, point }) {
    const scenario = page.scenarios[current];
    Object.assign(scenario, { live, rows, notes });
    if (point) scenario.points.push(point);
    if (shown() === scenario) showScenario(scenario, point !== undefined);
  },
  endText: 'the run and its command have ended: this page keeps its last state',
  onEnd() {
    // Links would lead nowhere.
    byId('past-runs').hidden = true;
  },
});

function shown() {
  return page.scenarios[chosen ?? Math.max(0, page.current)];
}

function showAll() {
  setText(byId('title'), `MemoBuild load test${page.title === '' ? '' : `: ${page.title}`}`);
  setText(byId('version'), page.version);
  byId('past-runs').hidden = !page.hasPastRuns;
  showScenarios();
  showOutcome();
  const scenario = shown();
  if (scenario === undefined) return;
  byId('facts').replaceChildren(
    ...scenario.facts.map(([label, value]) =>
      element('div', {}, element('dt', {}, label), element('dd', {}, value)),
    ),
  );
  showScenario(scenario, true);
  const state = page.end ? (page.end.verdict ?? 'no answer') : `${phaseOf(scenario)}`;
  document.title = `${state} – MemoBuild load test${page.title === '' ? '' : `: ${page.title}`}`;
}

function showScenarios() {
  const nav = byId('scenarios');
  nav.hidden = page.scenarios.length < 2;
  if (nav.hidden) return;
  nav.replaceChildren(
    ...page.scenarios.map((scenario, index) => {
      const { name, state, verdict } = scenario;
      const what =
        verdict ??
        { waiting: 'waiting', running: 'running', ended: 'ended', failed: 'no answer' }[state];
      const line = element('span', { className: `what ${verdictClass(verdict)}` }, what);
      const button = element('button', { type: 'button' }, name, line);
      button.setAttribute('aria-pressed', String(scenario === shown()));
      button.addEventListener('click', () => {
        chosen = index === page.current && !page.end ? undefined : index;
        showAll();
      });
      return button;
    }),
  );
}

function showOutcome() {
  const box = byId('outcome');
  const { end } = page;
  box.hidden = !end;
  if (!end) return;
  const verdict = end.verdict ?? 'NO ANSWER';
  const parts = [element('p', { className: verdictClass(end.verdict ?? 'VOID') }, verdict)];
  if (end.reasons.length > 0) {
    parts.push(element('ul', {}, ...end.reasons.map((reason) => element('li', {}, reason))));
  }
  box.replaceChildren(...parts);
}

function phaseOf({ state, live }) {
  if (state === 'ended') return 'ended';
  if (state === 'failed') return 'ended without an answer';
  return live ? live.phaseText : 'waiting for the run';
}

function showScenario(scenario, hasNewPoints) {
  const { live, rows, notes, state, points } = scenario;
  const isFinal = state === 'ended';
  setText(byId('phase'), phaseOf(scenario));
  showProgress(scenario);
  showTiles(live);
  setText(byId('rows-title'), isFinal ? `Verdict: ${scenario.verdict}` : 'Verdict so far');
  fillTable(
    byId('rows'),
    rows.map(({ label, requirement, measured, margin, verdict }) => {
      const word = verdict ? (isFinal ? verdict : `${verdict} so far`) : nothing;
      return [label, requirement, measured, margin, [word, verdictClass(verdict, isFinal)]];
    }),
  );
  byId('rows-about').hidden = isFinal;
  const said = isFinal && page.scenarios.length > 1 ? [...scenario.reasons, ...notes] : notes;
  const list = byId('notes');
  if (list.childElementCount !== said.length || list.dataset.of !== scenario.name) {
    list.dataset.of = scenario.name;
    list.replaceChildren(...said.map((note) => element('li', {}, note)));
  }
  if (!hasNewPoints) return;
  targetHitRate = scenario.targetHitRatePercent;
  const axis = { min: 0, max: isFinal || state === 'failed' ? undefined : axisEnd(scenario) };
  for (const chart of [throughput, latencies, hitRates, resources]) chart.draw(points, axis);
}

/** The axis grows with the run, but not with every second of it. */
function axisEnd({ points, durationMs }) {
  const lastMs = points.at(-1)?.[0] ?? 0;
  let endMs = 10_000;
  while (endMs < lastMs) endMs *= 1.5;
  return Math.max(lastMs, Math.min(endMs, durationMs));
}

function showProgress({ live, state }) {
  const bar = byId('progress');
  if (state === 'ended') bar.value = 1;
  else if (live?.share === null || live === undefined || live === null)
    bar.removeAttribute('value');
  else bar.value = live.share;
  if (state === 'failed') bar.value = 0;
  let text = '';
  if (live) {
    text = duration(live.elapsedMs);
    if (live.expectedMs !== null && state !== 'ended')
      text += ` of at most ${duration(live.expectedMs)}`;
    if (live.share !== null && state !== 'ended') text += `, ${Math.floor(100 * live.share)} %`;
  }
  setText(byId('elapsed'), text);
}

function showTiles(live) {
  const { targetHitRatePercent } = shown();
  const answered = live ? live.hits + live.misses : 0;
  const hitRate = answered === 0 ? null : (100 * live.hits) / answered;
  const kinds = Object.entries(live?.failures ?? {}).map(([kind, failed]) =>
    kind === 'generator' ? `${count(failed)} not sent` : `${kind} ${count(failed)}`,
  );
  const known = (value, write) => (live ? write(value) : nothing);
  const isDone = live?.phase === 'done';
  tiles.set('operations/s', known(live?.opsPerSec, figure), isDone ? 'whole run' : 'last second');
  tiles.set('operations', known(live?.operations, count));
  tiles.set(
    'hit rate',
    percent(hitRate),
    targetHitRatePercent === null ? '' : `target ${percent(targetHitRatePercent)}`,
  );
  tiles.set('P50', latency(live?.p50Ms), isDone ? 'whole run' : 'run so far');
  tiles.set('P95', latency(live?.p95Ms), isDone ? 'whole run' : 'run so far');
  tiles.set('P99', latency(live?.p99Ms), isDone ? 'whole run' : 'run so far');
  tiles.set(
    'failed',
    known(live?.failed, count),
    kinds.join(', ') || 'none',
    live?.failed > 0 ? 'verdict fail' : '',
  );
  tiles.set('in flight', known(live?.inFlight, count));
  tiles.set('server memory', size(live?.serverMemoryBytes));
  const cores = (column) =>
    figure(shown().points.findLast((point) => point[column] !== null)?.[column]);
  tiles.set('CPU of the server', cores(10), `cores; generator ${cores(11)}`);
}
