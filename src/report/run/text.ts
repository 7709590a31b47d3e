import {
  isTooShortForRate,
  type RecordedLoad,
  type RunResult,
  recordedLoadOf,
} from '../../loadtest/internal.ts';
import {
  boundedLatency,
  count,
  duration,
  failedByTarget,
  figure,
  measuredText,
  percent,
  plural,
  signed,
  size,
} from '../shared/format.ts';
import { heading, type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { adviceFor } from './advice.ts';
import { latencyParts } from './latency-parts.ts';
import { renderLatencies } from './latency-text.ts';

/** The end report of one run, verdict first and last. No line break at the end. */
export function renderRun(
  result: RunResult,
  style: Style,
  closing: readonly string[] = [],
): string {
  const sections = [
    headline(result, style),
    configuration(result, style),
    operations(result, style),
    renderLatencies(result, style),
    latencyParts(result, style),
    cache(result, style),
    errors(result, style),
    verdictTable(result, style),
    advice(result, style),
    generatorHealth(result, style),
    environment(result, style),
    [...closing, verdictLine(result, style)].join('\n'),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** `PASS  1,000 operations in 1.61 s, none failed; 621 ops/s, P95 4.50 ms, hit rate 75.2 %`. */
export function verdictLine(result: RunResult, style: Style): string {
  const { verdict } = result.verdict;
  const { operations, name } = result;
  const failures = failedByTarget(result);
  const failed = failures === 0 ? 'none failed' : `${count(failures)} failed`;
  const parts = [
    `${plural(operations.total, 'operation')} in ${duration(result.duration_ms)}, ${failed}`,
    ...(result.complete ? [] : ['incomplete']),
  ];
  const lead = name === null ? '' : `${name}: `;
  const figures =
    operations.total === 0
      ? ''
      : `; ${figure(result.throughput_ops_per_sec)} ops/s, P95 ${boundedLatency('p95_ms', result.latency.p95_ms, result.latency.by_series.timeout?.min_ms)}, hit rate ${percent(result.cache.hit_rate_percent)}`;
  const rest = wrap(`${lead}${parts.join(', ')}${figures}`, style.width, verdict.length + 2);
  return `${style.bold(style.verdict(verdict))}  ${rest}`;
}

function headline(result: RunResult, style: Style): string {
  const reasons = result.verdict.reasons.map((text) => `  - ${wrap(text, style.width, 4)}`);
  return [verdictLine(result, style), ...reasons].join('\n');
}

/** Lines with a name and its text. */
function facts(pairs: readonly (readonly [string, string])[], style: Style): string {
  return pairs
    .map(([name, text]) => `  ${name.padEnd(12)}${wrap(text, style.width, 14)}`)
    .join('\n');
}

function configuration(result: RunResult, style: Style): string {
  const { config, server, warmup, replay, latency: judged } = result;
  const software = server.software === null ? '' : ` (${server.software})`;
  const target = config.target === 'embedded' ? 'embedded server on this machine' : config.target;
  const pairs: [string, string][] = [
    ['target', `${target}${software}, protocol ${config.protocol}`],
    ['load', `${judged.model} loop: ${describeLoad(result)}`],
    replay === undefined
      ? [
          'keys',
          `${percent(100 * config.cache_hit_ratio_target)} of lookups should hit, ${config.keys} over ${count(warmup.keys)} keys; sizes ${describeSizes(config.sizes)}; seed ${config.seed}`,
        ]
      : ['trace', describeReplay(replay)],
    [
      'warm-up',
      `${count(warmup.stored)} of ${plural(warmup.keys, 'key')} stored, ${size(warmup.stored_bytes)} in ${duration(warmup.duration_ms)}${warmup.failed > 0 ? style.warn(`, ${count(warmup.failed)} failed`) : ''}`,
    ],
  ];
  if (config.scale !== 1) {
    pairs.push([
      'scale',
      style.warn(`durations multiplied by ${config.scale}: a quick check, not a full run`),
    ]);
  }
  if (config.custom_scenario !== null) pairs.push(['scenario', config.custom_scenario]);
  return `${heading('Configuration', style)}\n${facts(pairs, style)}`;
}

function describeReplay(replay: NonNullable<RunResult['replay']>): string {
  const { trace, sha256, speed, recorded_duration_ms: recordedMs } = replay;
  const kinds = [
    [replay.reads, 'read'],
    [replay.questions, 'question'],
    [replay.writes, 'write'],
    [replay.removals, 'removal'],
  ] as const;
  const shown = kinds
    .filter(([number]) => number > 0)
    .map(([number, name]) => plural(number, name));
  const left = replay.events - replay.replayed;
  const hits = `recorded hit rate ${percent(replay.recorded_hit_rate_percent)}`;
  return `${trace} (SHA-256 ${sha256.slice(0, 16)}…), ${duration(recordedMs)} at ${speed} times its speed: ${shown.join(', ')} of ${plural(replay.keys, 'key')}${left === 0 ? '' : `, ${count(left)} left out`}; ${hits}`;
}

/** `1024:80,65536:20` as `1.00 KiB (80), 64.0 KiB (20)`; one size needs no weight. */
function describeSizes(sizes: string): string {
  if (!sizes.includes(':')) return sizes;
  const pairs = sizes.split(',').map((pair) => pair.split(':'));
  if (pairs.length === 1) return size(Number(pairs[0]![0]));
  return pairs.map(([bytes, weight]) => `${size(Number(bytes))} (${weight})`).join(', ');
}

function describeLoad(run: RunResult): string {
  const {
    num_clients: clients,
    timeout_secs: timeoutSecs,
    duration_secs: durationSecs,
  } = run.config;
  const bounds = `timeout ${duration(1000 * timeoutSecs)}`;
  const load = recordedLoadOf(run);
  switch (load.kind) {
    case 'closed': {
      const each = describeBuilds(load, duration(1000 * durationSecs));
      return `${plural(clients, 'client')}, ${each}${describePauses(run.config)}; ${bounds}`;
    }
    case 'open':
    case 'replay': {
      const rates = load.stages.map(
        ({ from_rate: from, to_rate: to, duration_secs: secs }) =>
          `${from === to ? figure(from) : `${figure(from)} to ${figure(to)}`} ops/s for ${duration(1000 * secs)}`,
      );
      const random = run.config.arrivals === 'poisson' ? ', at random (Poisson)' : '';
      const opened = run.connections?.opened ?? clients;
      return `${rates.join(', then ')}${random}, over ${plural(opened, 'connection')}; ${bounds}`;
    }
  }
}

function describePauses({
  ramp_up_secs: rampUpSecs,
  think_ms: thinkMs,
}: RunResult['config']): string {
  const rampUp = rampUpSecs === 0 ? '' : `, beginning over ${duration(1000 * rampUpSecs)}`;
  return thinkMs === 0 ? rampUp : `${rampUp}, thinking ${duration(thinkMs)} in between`;
}

function describeBuilds(
  { requestsPerClient: requests, repeatBuilds }: Extract<RecordedLoad, { readonly kind: 'closed' }>,
  time: string,
): string {
  if (requests === 0) return `as many operations as fit into ${time}`;
  return repeatBuilds
    ? `builds of ${plural(requests, 'operation')} back to back for ${time}`
    : `${plural(requests, 'operation')} each, at most ${time}`;
}

const stopReasons = {
  requests: 'ended: all clients completed their operations',
  duration: 'ended: duration elapsed',
  max_stored: 'ended early: storage limit reached (--max-stored)',
  interrupted: 'interrupted',
  workers_lost: 'ended early: generator workers were lost',
} satisfies Record<RunResult['stop_reason'], string>;

function operations(result: RunResult, style: Style): string {
  const { operations: all, traffic, duration_ms: durationMs, scheduled } = result;
  const perSecond = (bytes: number): string =>
    durationMs > 0 ? ` (${size((1000 * bytes) / durationMs)}/s)` : '';
  const pairs: [string, string][] = [
    ['total', `${count(all.total)} in ${duration(durationMs)}; ${stopReasons[result.stop_reason]}`],
    ['successful', `${count(all.successful)}  ${percent(result.success_rate_percent)}`],
    ['failed', `${count(failedByTarget(result))}  ${percent(result.error_rate_percent)}`],
    ['throughput', describeThroughput(result)],
    [
      'traffic',
      `read ${size(traffic.read_bytes)}${perSecond(traffic.read_bytes)}, written ${size(traffic.written_bytes)}${perSecond(traffic.written_bytes)}`,
    ],
  ];
  const { generator: ownFailures } = result.errors_by_type;
  if (ownFailures > 0) {
    pairs.splice(3, 0, [
      'not sent',
      `${count(ownFailures)}, failed on this machine; not counted in any rate`,
    ]);
  }
  if (scheduled !== null) pairs.splice(1, 0, ['due', count(scheduled)]);
  if (traffic.retries > 0) pairs.push(['retries', count(traffic.retries)]);
  const {
    stale = 0,
    back_offs: backOffs = 0,
    back_off_ms: backOffMs = 0,
  } = result.connections ?? {};
  if (stale > 0) pairs.push(['stale', `${count(stale)} requests sent again on a new connection`]);
  if (backOffs > 0) {
    pairs.push(['back-off', `${duration(backOffMs)} in ${count(backOffs)} pauses after refusals`]);
  }
  if (result.unfinished.count > 0) {
    pairs.push([
      'unfinished',
      `${count(result.unfinished.count)} after the drain timeout, the oldest ${duration(result.unfinished.oldest_age_ms)} old; counted as timeouts`,
    ]);
  }
  return `${heading('Operations', style)}\n${facts(pairs, style)}`;
}

/** Which time the throughput is over, and what came after it. */
function describeThroughput(result: RunResult): string {
  const { sending_from_ms: fromMs = 0, sending_ms: sendingMs, windows } = result;
  const { duration_ms: durationMs, operations: all } = result;
  const rate = `${figure(result.throughput_ops_per_sec)} ops/s`;
  if (isTooShortForRate(sendingMs)) return `${rate}, successful, over the whole run`;
  const successful = windows.reduce((sum, window) => sum + window.sending_successful, 0);
  const afterMs = durationMs - sendingMs;
  const after =
    afterMs < 1
      ? ''
      : `; ${fromMs > 0 ? 'before and after that' : 'after that'} ${count(all.successful - successful)} more in ${duration(afterMs)}`;
  return `${rate}, successful, over the ${duration(sendingMs)} in which all clients were sending${after}`;
}

function cache({ cache: counts, writes }: RunResult, style: Style): string {
  const answered = counts.hits + counts.misses;
  const pairs: [string, string][] = [
    [
      'hit rate',
      `${percent(counts.hit_rate_percent)} (target ${percent(counts.target_percent)}); ${count(counts.hits)} hits of ${plural(answered, 'answered lookup')}`,
    ],
    [
      'writes',
      `${count(writes.acknowledged)} acknowledged, ${count(writes.reread)} re-read, ${count(writes.lost)} lost${writes.evicted > 0 ? `, ${count(writes.evicted)} evicted` : ''}`,
    ],
  ];
  return `${heading('Cache', style)}\n${facts(pairs, style)}`;
}

function errors({ errors_by_type: byType, operations: all }: RunResult, style: Style): string {
  const kinds = Object.entries(byType).filter(([, failures]) => failures > 0);
  if (kinds.length === 0) return `${heading('Errors', style)}\n  none`;
  const rows = kinds
    .sort((a, b) => b[1] - a[1])
    .map(([kind, failures]) => [kind, count(failures), percent((100 * failures) / all.total)]);
  return `${heading('Errors', style)}\n${table(rows, ['left', 'right', 'right'])}`;
}

function verdictTable({ verdict }: RunResult, style: Style): string {
  const isWide = style.width >= 80;
  const titles = ['required', 'measured', ...(isWide ? ['margin'] : [])];
  const rows = verdict.rows.map((row) => [
    row.label,
    row.requirement,
    measuredText(row),
    ...(isWide ? [signed(row.margin, row.unit)] : []),
    style.verdict(row.verdict),
  ]);
  const heads = ['', ...titles.map((text) => style.dim(text)), ''];
  const align = ['left' as const, ...titles.map(() => 'right' as const)];
  return `${heading('Verdict', style)}\n${table([heads, ...rows], align)}`;
}

function advice(result: RunResult, style: Style): string {
  const lines = adviceFor(result);
  if (lines.length === 0) return '';
  return [
    heading('Look at', style),
    ...lines.map((text) => `  - ${wrap(text, style.width, 4)}`),
  ].join('\n');
}

function generatorHealth({ generator, verdict, notes }: RunResult, style: Style): string {
  const bad = generator.checks.filter(({ status }) => status !== 'ok');
  const isVoid = bad.some(({ status }) => status === 'void');
  const state = isVoid
    ? style.verdict('VOID', 'VOID, see above')
    : bad.length > 0
      ? 'busy'
      : 'healthy';
  const cpu = `${figure(generator.cpu_cores)} cores in ${plural(generator.workers, 'worker')}`;
  const perOperation =
    generator.cpu_us_per_operation === null
      ? ''
      : `, ${figure(generator.cpu_us_per_operation)} µs of CPU per operation`;
  return [
    heading('Generator', style),
    `  ${state}: ${wrap(`${cpu}${perOperation}`, style.width - 29, 4)}`,
    ...[...verdict.notes, ...notes].map((text) => `  - ${wrap(text, style.width, 4)}`),
  ].join('\n');
}

function environment({ environment: env, server }: RunResult, style: Style): string {
  const memory =
    server.memory_bytes_max === null
      ? ''
      : `server memory ${size(server.memory_bytes_first)} at the start, ${size(server.memory_bytes_last)} at the end, ${size(server.memory_bytes_max)} at most`;
  const cpu = server.cpu_cores === null ? '' : `, CPU ${figure(server.cpu_cores)} cores`;
  const machine = `memobuild ${env.memobuild_version}, Node ${env.node_version}, ${env.platform} ${env.arch}, ${env.cpu_count} × ${env.cpu_model ?? 'CPU'}${env.commit === null ? '' : `, commit ${env.commit.slice(0, 10)}`}`;
  return [
    heading('Environment', style),
    `  ${wrap(machine, style.width, 2)}`,
    ...(memory === '' ? [] : [`  ${wrap(`${memory}${cpu}`, style.width, 2)}`]),
  ].join('\n');
}
