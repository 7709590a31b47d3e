import { maxOf, memobuildVersion, minOf } from '../../core/index.ts';
import {
  type ClosedLoad,
  type Criteria,
  type OpenLoad,
  type OverallVerdict,
  type Progress,
  type ProgressRow,
  type ResolvedConfig,
  type RunResult,
  targetOperations,
  targetOperationsSoFar,
} from '../../loadtest/internal.ts';
import { count, duration, percent, phaseTexts } from '../../report/index.ts';
import type { Feed, FeedUpdate } from '../http/event-stream.ts';
import { FeedChannel } from '../http/feed-channel.ts';
import { Points } from '../shared/points.ts';
import { pointOf, pointsOf } from './points.ts';
import { finalRows, rowsSoFar } from './rows.ts';
import type { RunEnd, RunPage, ScenarioLive, ScenarioPage } from './state.ts';

export interface RunFeedOptions {
  readonly title: string;
  /** What will run, in order. */
  readonly configs: readonly ResolvedConfig[];
  readonly criteria: Criteria | undefined;
  readonly hasPastRuns: boolean;
}

/** Follows a load test, one run or a suite, for its page. */
export class RunFeed implements Feed {
  readonly #options: RunFeedOptions;
  readonly #channel = new FeedChannel();
  readonly #scenarios: Scenario[];
  #current = -1;
  #end: RunEnd | undefined;
  #sentMs = 0;

  constructor(options: RunFeedOptions) {
    this.#options = options;
    this.#scenarios = options.configs.map((config) => new Scenario(config));
  }

  /** A scenario begins. A series of runs finds out as it goes what the next one is. */
  begin(config: ResolvedConfig, index: number): void {
    const scenario = new Scenario(config);
    scenario.state = 'running';
    this.#scenarios[index] = scenario;
    this.#current = index;
    this.#publishAll();
  }

  update(progress: Progress): void {
    const scenario = this.#scenarios[this.#current];
    if (scenario === undefined) return;
    const isNewPhase = progress.phase !== scenario.live?.phase;
    const change = scenario.follow(progress, this.#options.criteria);
    const now = performance.now();
    if (change === 'thinned') {
      this.#publishAll();
      return;
    }
    if (change === undefined && !isNewPhase && now - this.#sentMs < patchEveryMs) return;
    this.#sentMs = now;
    this.#channel.publish({
      kind: 'patch',
      data: {
        current: this.#current,
        live: scenario.live,
        rows: scenario.rows,
        notes: scenario.notes,
        point: change === 'added' ? scenario.points.all.at(-1) : undefined,
      },
    });
  }

  /** The scenario that ran has ended. */
  ended(result: RunResult): void {
    this.#scenarios[this.#current]?.finish(result);
    this.#publishAll();
  }

  /** All is over. `verdict` undefined: there was none, the reasons say why. */
  finish(verdict: OverallVerdict | undefined, reasons: readonly string[], stays: boolean): void {
    const last = this.#scenarios[this.#current];
    if (last?.state === 'running') last.state = 'failed';
    this.#end = { verdict, reasons, stays };
    this.#publishAll();
  }

  snapshot(): RunPage {
    const { title, hasPastRuns } = this.#options;
    return {
      kind: 'run',
      version: memobuildVersion,
      title,
      hasPastRuns,
      scenarios: this.#scenarios.map((scenario) => scenario.page()),
      current: this.#current,
      end: this.#end,
    };
  }

  subscribe(listener: (update: FeedUpdate) => void): () => void {
    return this.#channel.subscribe(listener);
  }

  #publishAll(): void {
    this.#channel.publish({ kind: 'snapshot' });
  }
}

/** Figures that change faster can't be read. */
const patchEveryMs = 350;

class Scenario {
  readonly #config: ResolvedConfig;
  readonly points = new Points();
  state: ScenarioPage['state'] = 'waiting';
  live: ScenarioLive | undefined;
  rows: ScenarioPage['rows'] = [];
  notes: readonly string[] = [];
  #verdict: OverallVerdict | undefined;
  #reasons: readonly string[] = [];
  #row: ProgressRow | undefined;
  #durationMs: number;
  #targetHitRatio: number;

  constructor(config: ResolvedConfig) {
    // How long a trace lasts, and what it hits, is not known before it was read.
    this.#config = config.load.kind !== 'replay' ? config : { ...config, cacheHitRatioTarget: 0 };
    this.#targetHitRatio = this.#config.cacheHitRatioTarget;
    this.#durationMs = config.durationSecs * 1000;
  }

  follow(progress: Progress, criteria: Criteria | undefined): ReturnType<Points['add']> {
    const { phase, row } = progress;
    this.live = liveOf(progress);
    this.notes = progress.notes ?? [];
    if (phase === 'running' || phase === 'draining') {
      this.rows = rowsSoFar(progress, this.#config, criteria);
    } else if (this.rows.length === 0) {
      this.rows = rowsSoFar({ ...progress, operations: 0 }, this.#config, criteria);
    }
    if (row === undefined || row === this.#row) return undefined;
    this.#row = row;
    return this.points.add(pointOf(row));
  }

  finish(result: RunResult): void {
    const { latency, operations, cache } = result;
    this.state = 'ended';
    this.points.replace(pointsOf(result));
    this.rows = finalRows(result);
    this.#verdict = result.verdict.verdict;
    this.#reasons = result.verdict.reasons;
    this.notes = [...result.verdict.notes, ...result.notes];
    this.#durationMs = result.duration_ms;
    this.#targetHitRatio = cache.target_percent / 100;
    this.live = {
      phase: 'done',
      phaseText: phaseTexts.done,
      elapsedMs: result.duration_ms,
      expectedMs: null,
      share: 1,
      operations: operations.total,
      failed: targetOperations(operations, result.errors_by_type).failed,
      failures: occurred(result.errors_by_type),
      hits: cache.hits,
      misses: cache.misses,
      opsPerSec: result.throughput_ops_per_sec ?? 0,
      p50Ms: latency.p50_ms,
      p95Ms: latency.p95_ms,
      p99Ms: latency.p99_ms,
      inFlight: 0,
      serverMemoryBytes: result.server.memory_bytes_last,
    };
  }

  page(): ScenarioPage {
    const config = this.#config;
    return {
      name: config.name ?? '',
      state: this.state,
      facts: factsOf(config),
      targetHitRatePercent: this.#targetHitRatio === 0 ? null : 100 * this.#targetHitRatio,
      durationMs: this.#durationMs,
      live: this.live,
      rows: this.rows,
      verdict: this.#verdict,
      reasons: this.#reasons,
      notes: this.notes,
      points: this.points.all,
    };
  }
}

function liveOf(progress: Progress): ScenarioLive {
  const hasLatency = progress.successful > 0 || (progress.failures.timeout ?? 0) > 0;
  const known = (ms: number): number | null => (hasLatency ? ms : null);
  return {
    phase: progress.phase,
    phaseText: phaseTexts[progress.phase],
    elapsedMs: progress.elapsedMs,
    expectedMs: progress.expectedMs ?? null,
    share: progress.share ?? null,
    operations: progress.operations,
    failed: targetOperationsSoFar(progress).failed,
    failures: occurred(progress.failures),
    hits: progress.hits,
    misses: progress.misses,
    opsPerSec: progress.opsPerSec,
    p50Ms: known(progress.p50Ms),
    p95Ms: known(progress.p95Ms),
    p99Ms: known(progress.p99Ms),
    inFlight: progress.inFlight,
    serverMemoryBytes: progress.serverMemoryBytes ?? null,
  };
}

function occurred(failures: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const kinds = Object.entries(failures).filter(([, failed]) => (failed ?? 0) > 0);
  return Object.fromEntries(kinds) as Record<string, number>;
}

function factsOf(config: ResolvedConfig): (readonly [string, string])[] {
  const { target, numClients } = config;
  return [
    // The headers of a target may be secret: only its address is shown.
    ['target', target.kind === 'url' ? withoutUserInfo(target.url) : 'embedded server'],
    ['protocol', config.protocol],
    ['clients', count(numClients)],
    ...loadFactsOf(config),
  ];
}

function loadFactsOf(config: ResolvedConfig): (readonly [string, string])[] {
  const { load } = config;
  switch (load.kind) {
    case 'closed':
      return [['load', 'closed loop'], ...pauseFactsOf(config), ...buildFactsOf(config, load)];
    case 'open':
      return [
        ['load', `open loop, ${rates(load)}`],
        ['arrivals', load.arrivals],
        ['connections', `at most ${count(config.maxConnections)}`],
        ...buildFactsOf(config, load),
      ];
    case 'replay':
      return [['load', 'open loop, a recorded trace']];
  }
}

function pauseFactsOf({ rampUpSecs, thinkMs }: ResolvedConfig): (readonly [string, string])[] {
  return [
    ...(rampUpSecs === 0 ? [] : [['ramp-up', duration(rampUpSecs * 1000)] as const]),
    ...(thinkMs === 0 ? [] : [['think time', duration(thinkMs)] as const]),
  ];
}

function buildFactsOf(
  config: ResolvedConfig,
  { requestsPerClient, repeatBuilds }: ClosedLoad | OpenLoad,
): (readonly [string, string])[] {
  const requests =
    requestsPerClient === 0
      ? 'no cap'
      : `${count(requestsPerClient)} a client${repeatBuilds ? ', repeated' : ''}`;
  return [
    ['operations', requests],
    ['at most', duration(config.durationSecs * 1000)],
    ['target hit rate', percent(100 * config.cacheHitRatioTarget)],
  ];
}

function rates({ stages }: OpenLoad): string {
  const all = stages.flatMap(({ fromRate, toRate }) => [fromRate, toRate]);
  const [low, high] = [minOf(all), maxOf(all)];
  return low === high ? `${count(low)} ops/s` : `${count(low)} to ${count(high)} ops/s`;
}

function withoutUserInfo(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
