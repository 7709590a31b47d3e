import { LineChart, latencyChart } from './charts.js';
import { byId, fillTable, setText, Tiles } from './dom.js';
import { count, duration, figure, latency, percent, size } from './format.js';
import { follow } from './live.js';

/** As far back as a page looks. */
const shownMs = 30 * 60_000;

let points = [];
let instance;
/** The limit of the store's size in bytes; `null`: none. */
let bound = null;

const tiles = new Tiles(byId('tiles'));
const container = byId('charts');
const timed = {
  time: (atMs) => new Date(atMs).toLocaleTimeString('en-GB'),
};
const hitRates = new LineChart(container, {
  ...timed,
  title: 'Hit rate',
  about: 'Share of answered lookups that hit, for the action cache and the content store.',
  axes: [{ name: 'hits', format: (value) => `${figure(value)} %`, max: 100 }],
  lines: [
    { name: 'action cache', column: 1, color: 'green', width: 2.5 },
    { name: 'content store', column: 2, color: 'blue' },
  ],
  describe: (point) => `action cache ${percent(point[1])}, content store ${percent(point[2])}`,
});
const requests = new LineChart(container, {
  ...timed,
  title: 'Requests',
  about: 'Requests answered per second, and those that failed in the server.',
  axes: [{ name: 'requests/s', format: figure }],
  lines: [
    { name: 'answered', column: 3, color: 'blue', width: 2.5 },
    { name: 'failed', column: 4, color: 'red' },
  ],
  describe: (point) => `${figure(point[3])} per second, ${figure(point[4])} failed`,
});
const latencies = latencyChart(container, {
  ...timed,
  title: 'Request latency',
  about:
    "From the head of a request to the end of its answer, at the resolution of the histogram's buckets.",
});
const resources = new LineChart(container, {
  ...timed,
  title: 'Memory and CPU',
  about: 'All processes of the server: memory (left), cores used (right).',
  axes: [
    { name: 'memory', format: mebibytesText },
    { name: 'cores', format: figure },
  ],
  lines: [
    { name: 'memory', column: 11, color: 'purple', width: 2.5, scale: 2 ** -20 },
    { name: 'CPU', column: 12, color: 'blue', axis: 1 },
  ],
  describe: (point) => `${size(point[11])}, ${figure(point[12])} cores`,
});
const store = new LineChart(container, {
  ...timed,
  title: 'Size',
  about:
    'Bytes stored, and the size limit above which the least recently used entries are evicted.',
  axes: [{ name: 'size', format: mebibytesText }],
  lines: [
    { name: 'stored', column: 8, color: 'purple', width: 2.5, scale: 2 ** -20 },
    { name: 'bound', value: () => bound, color: 'faint', dashed: true, scale: 2 ** -20 },
  ],
  describe: (point) => size(point[8]),
});
const entries = new LineChart(container, {
  ...timed,
  title: 'Entries',
  about: 'Entries stored (left), and evictions per second (right).',
  axes: [
    { name: 'entries', format: count },
    { name: 'evicted/s', format: figure },
  ],
  lines: [
    { name: 'stored', column: 9, color: 'purple', width: 2.5 },
    { name: 'evicted', column: 10, color: 'orange', axis: 1 },
  ],
  describe: (point) => `${figure(point[9])}, ${figure(point[10])} evicted per second`,
});

follow({
  onSnapshot(snapshot) {
    setText(byId('version'), snapshot.version);
    takeHistory(snapshot);
    if (snapshot.now) show(snapshot.now);
    draw();
  },
  onPatch({ now, point }) {
    if (point) points.push(point);
    show(now);
    draw();
  },
  onLost() {
    setText(byId('health'), 'health unknown');
    byId('health').dataset.state = 'unknown';
  },
});

/** What the server no longer knows, since it was restarted, the page still does. */
function takeHistory(snapshot) {
  const firstMs = snapshot.points[0]?.[0] ?? Number.POSITIVE_INFINITY;
  const earlier = points.filter(([atMs]) => atMs !== null && atMs < firstMs);
  const lastMs = earlier.at(-1)?.[0];
  const isHole = lastMs !== undefined && instance !== undefined && instance !== snapshot.instance;
  instance = snapshot.instance;
  // A point without figures: lines do not run across the time that nobody knows.
  const hole = isHole ? [[lastMs + 1, ...new Array(12).fill(null)]] : [];
  points = [...earlier, ...hole, ...snapshot.points];
}

function draw() {
  const last = points.at(-1)?.[0];
  if (last === undefined) return;
  points = points.filter(([atMs]) => atMs > last - shownMs);
  for (const chart of [hitRates, requests, latencies, resources, store, entries])
    chart.draw(points);
}

function show(now) {
  const { ac, cas, health } = now;
  const healthLine = byId('health');
  setText(healthLine, health.text);
  healthLine.dataset.state = health.state;
  document.title = `${health.text} – MemoBuild server`;
  const sinceStart = (rate) => `since the start ${percent(rate)}`;
  tiles.set('action cache hits', percent(ac.minuteHitRatePercent), sinceStart(ac.hitRatePercent));
  tiles.set('content hits', percent(cas.minuteHitRatePercent), sinceStart(cas.hitRatePercent));
  tiles.set('requests/s', figure(now.requestsPerSec), `${count(now.requests)} since the start`);
  tiles.set('P95', latency(now.p95Ms), `P50 ${latency(now.p50Ms)}, P99 ${latency(now.p99Ms)}`);
  tiles.set(
    'failed',
    count(now.failedPerMinute),
    'in the last minute',
    now.failedPerMinute > 0 ? 'verdict fail' : '',
  );
  showStore(now);
  tiles.set(
    'connections',
    count(now.connectionsOpen),
    `${count(now.requestsInFlight)} requests in flight`,
  );
  tiles.set(
    'up',
    duration(now.uptimeMs),
    now.workersReplaced > 0 ? `${count(now.workersReplaced)} workers replaced` : '',
  );
  fillTable(byId('namespaces'), namespaceRows(now));
  fillTable(byId('processes'), now.processes.map(processRow));
}

function mebibytesText(mebibytes) {
  return mebibytes < 4096 ? `${figure(mebibytes)} MiB` : `${figure(mebibytes / 1024)} GiB`;
}

function showStore({ store: held, evictedPerMinute }) {
  bound = held?.maxBytes > 0 ? held.maxBytes : null;
  tiles.set(
    'stored',
    size(held?.sizeBytes),
    bound === null ? 'no size limit' : `of ${size(bound)}`,
  );
  tiles.set('entries', held === null ? '–' : count(held.entries));
  const damaged = held?.damagedEntries > 0 ? `, ${count(held.damagedEntries)} damaged` : '';
  tiles.set(
    'evicted',
    held === null ? '–' : count(held.evictedEntries),
    `${count(evictedPerMinute)} in the last minute${damaged}`,
  );
}

function namespaceRows({ namespaces, namespacesLeftOut }) {
  if (namespaces.length === 0) return [['no requests yet', '', '', '', '', '']];
  const rows = namespaces.map((row) => [
    row.namespace === '' ? '(default)' : row.namespace,
    count(row.lookups),
    percent(row.acHitRatePercent),
    percent(row.casHitRatePercent),
    size(row.readBytes),
    size(row.writtenBytes),
  ]);
  if (namespacesLeftOut === 0) return rows;
  return [...rows, [`and ${count(namespacesLeftOut)} more`, '', '', '', '', '']];
}

function processRow(process) {
  return [
    process.role,
    String(process.pid),
    duration(process.uptimeMs),
    size(process.privateBytes),
    process.cpuCores === null ? '–' : `${figure(process.cpuCores)} cores`,
    count(process.connectionsOpen),
    count(process.requestsInFlight),
  ];
}
