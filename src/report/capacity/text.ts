import type {
  BrokenCriterion,
  CapacityResult,
  CapacitySearchResult,
  CapacityStepResult,
} from '../../loadtest/internal.ts';
import {
  count,
  duration,
  figure,
  latency,
  nothing,
  percent,
  plural,
  size,
} from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';

/** The end of a capacity search: the curve, the bracket, the knee, and what broke. */
export function renderCapacity(
  result: CapacitySearchResult,
  style: Style,
  closing: readonly string[] = [],
): string {
  const { capacity, scenarios, verdict } = result;
  const config = scenarios[0]?.config;
  // Files from before there was a bound used one connection per client.
  const most = config === undefined ? 0 : Math.max(config.num_clients, config.max_connections);
  const over = most === 0 ? '' : `  ${style.dim(`over at most ${plural(most, 'connection')}`)}`;
  const facts = factsOf(capacity, result);
  return [
    '',
    `${style.bold('Capacity')}${over}`,
    curve(capacity, style),
    '',
    ...facts.map(([name, text]) => `  ${name.padEnd(12)}${wrap(text, style.width, 14)}`),
    ...verdict.reasons.map((text) => `  - ${wrap(text, style.width, 4)}`),
    '',
    ...closing,
    capacityVerdict(result, style),
  ].join('\n');
}

/** The verdict and the answer. */
export function capacityVerdict({ capacity, verdict }: CapacitySearchResult, style: Style): string {
  const text = wrap(answerOf(capacity), style.width, verdict.verdict.length + 2);
  return `${style.bold(style.verdict(verdict.verdict))}  ${text}`;
}

/** The outcome of a step, on one line. */
export function capacityStepLine(step: CapacityStepResult, style: Style): string {
  const reached = step.rate_reached === null ? '' : `, reached ${figure(step.rate_reached)}`;
  const broke = step.broke[0] === undefined ? '' : `: ${step.broke[0].text}`;
  const failed = step.failed === 0 ? '' : `, ${count(step.failed)} failed`;
  return `${figure(step.rate)} ops/s  ${verdictWord(step, style)}  P95 ${latency(step.p95_ms)}, P99 ${latency(step.p99_ms)}${reached}${failed}${broke}`;
}

/** The answer in one sentence. */
export function answerOf(capacity: CapacityResult): string {
  const { highest_met: met, lowest_not_met: notMet, lowest_void: voidFrom } = capacity;
  const rate = (value: number | null): string => `${figure(value)} ops/s`;
  switch (capacity.outcome) {
    case 'found': {
      const isCut = capacity.stopped_by === 'steps' || capacity.stopped_by === 'time';
      const cut = isCut ? `; ended early (${stops[capacity.stopped_by]})` : '';
      const ends = [trialsAt(capacity, met, 'met'), trialsAt(capacity, notMet, 'not_met')];
      return `capacity ${rate(met)}: met at ${rate(met)} ${ends[0]}, not met at ${rate(notMet)} ${ends[1]}${cut}`;
    }
    case 'above_max_rate':
      return `capacity at least ${rate(met)}, the highest rate to try (--max-rate)`;
    case 'below_start_rate':
      return `not met at ${rate(notMet)}, the lowest rate (--start-rate)`;
    case 'generator_limited': {
      const until = notMet === null ? '' : `; not met at ${rate(notMet)}`;
      return met === null
        ? `no answer: the generator could not keep its schedule at ${rate(voidFrom)}`
        : `capacity at least ${rate(met)}: from ${rate(voidFrom)} up, the generator was the limit, not the target${until}`;
    }
    case 'unsafe':
      return 'wrong bytes or lost writes: no rate counts';
    case 'incomplete':
      return met === null
        ? `no rate met the criteria before the end (${stops[capacity.stopped_by]})`
        : `met at ${rate(met)}${notMet === null ? '' : `, not met at ${rate(notMet)}`}; ended early (${stops[capacity.stopped_by]})`;
  }
}

/** How many of a rate's counted trials had this outcome. */
function trialsAt(
  { steps }: CapacityResult,
  rate: number | null,
  verdict: 'met' | 'not_met',
): string {
  const trials = steps.filter(
    (step) => step.rate === rate && (step.verdict === 'met' || step.verdict === 'not_met'),
  );
  const agreeing = trials.filter((step) => step.verdict === verdict);
  return `(${agreeing.length} of ${trials.length} trials)`;
}

const stops = {
  resolution: 'narrow enough',
  max_rate: 'the highest rate',
  start_rate: 'the lowest rate',
  steps: 'maximum number of steps reached',
  time: 'search time elapsed',
  unsafe: 'wrong bytes or lost writes',
  max_stored: 'storage limit reached',
  no_answer: 'no answer',
  interrupted: 'interrupted',
} satisfies Record<CapacityResult['stopped_by'], string>;

function curve({ steps }: CapacityResult, style: Style): string {
  const titles = ['rate', 'reached', 'P50', 'P95', 'P99', 'hit rate', 'failed', 'held'];
  const rows = [...steps]
    .sort((a, b) => a.rate - b.rate || a.attempt - b.attempt)
    .map((step) => [
      figure(step.rate),
      figure(step.rate_reached),
      latency(step.p50_ms),
      latency(step.p95_ms),
      latency(step.p99_ms),
      percent(step.hit_rate_percent),
      count(step.failed),
      duration(step.held_ms),
      verdictWord(step, style),
      brokeWords(step),
    ]);
  const right = new Array<'right'>(titles.length).fill('right');
  return table([[...titles.map((text) => style.dim(text)), '', ''], ...rows], right);
}

function verdictWord({ verdict }: CapacityStepResult, style: Style): string {
  return style.verdict(paint[verdict], words[verdict]);
}

const words = {
  met: 'met',
  not_met: 'not met',
  void: 'VOID',
  interrupted: 'cut off',
} satisfies Record<CapacityStepResult['verdict'], string>;

const paint = {
  met: 'PASS',
  not_met: 'FAIL',
  void: 'VOID',
  interrupted: 'INTERRUPTED',
} as const satisfies Record<CapacityStepResult['verdict'], string>;

/** The names of the criteria that broke; the sentences are in the result. */
function brokeWords({ broke }: CapacityStepResult): string {
  const [first, ...rest] = broke.map(
    ({ metric }) => shortNames[metric] ?? metric.replaceAll('_', ' '),
  );
  if (first === undefined) return '';
  return rest.length === 0 ? first : `${first} +${rest.length}`;
}

const shortNames: Readonly<Partial<Record<BrokenCriterion['metric'], string>>> = {
  success_rate_percent: 'success',
  error_rate_percent: 'errors',
  throughput_ops_per_sec: 'throughput',
  avg_ms: 'average',
  p95_ms: 'P95',
  p99_ms: 'P99',
  hit_rate_points_from_target: 'hit rate',
  longest_silence_ms: 'silence',
  in_flight_growth: 'piling up',
  rate_reached_ops_per_sec: 'rate',
  integrity_and_lost: 'lost or wrong',
  generator_send_lag: 'sent late',
  generator_loop_delay: 'event loop late',
  generator_calibration: 'machine busy',
  generator_steal: 'CPU stolen',
  generator_connections: 'connections',
};

function factsOf(capacity: CapacityResult, result: CapacitySearchResult): [string, string][] {
  const { broke, knee, lowest_not_met: notMet, highest_met: met, lowest_void: voidFrom } = capacity;
  const pairs: [string, string][] = [];
  if (notMet !== null) {
    const texts = broke.map(({ text }) => text);
    pairs.push(['broke first', `at ${figure(notMet)} ops/s: ${texts.join('; ') || nothing}`]);
  }
  if (knee !== null) {
    pairs.push([
      'knee',
      `${figure(knee.rate)} ops/s: P95 is ${latency(knee.p95_ms)} there, and above it more than twice its lowest`,
    ]);
  }
  for (const rate of [met, notMet, voidFrom]) {
    const step = capacity.steps.findLast((one) => one.rate === rate);
    if (rate !== null && step !== undefined)
      pairs.push([`at ${figure(rate)}`, resources(step, result)]);
  }
  return pairs;
}

/** Where the time went: the first thing to ask of a limit. */
function resources(step: CapacityStepResult, { scenarios }: CapacitySearchResult): string {
  const cores = scenarios[0]?.environment.cpu_count;
  const server = [
    step.server_cpu_cores === null ? '' : `${figure(step.server_cpu_cores)} cores`,
    step.server_memory_bytes_max === null ? '' : size(step.server_memory_bytes_max),
  ]
    .filter((part) => part !== '')
    .join(' and ');
  const parts = [
    step.machine_cpu === null
      ? ''
      : `${percent(Math.round(100 * step.machine_cpu))} of this machine's ${cores === undefined ? 'CPU' : plural(cores, 'core')}${step.machine_cpu > busyShare ? ': saturated' : ''}`,
    server === '' ? '' : `server ${server}`,
    step.generator_cpu_cores === null ? '' : `generator ${figure(step.generator_cpu_cores)} cores`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const busyShare = 0.95;
