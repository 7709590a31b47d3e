import type { Histogram } from 'hdr-histogram-js';
import { resolveConfig } from '../../src/loadtest/config/resolve-config.ts';
import { ConnectionUse } from '../../src/loadtest/engine/worker/connection-use.ts';
import type { LatencySeries, Measurement, Window } from '../../src/loadtest/measurement.ts';
import { counterSlot } from '../../src/loadtest/metrics/counters.ts';
import { LatencyCounts } from '../../src/loadtest/metrics/latency-counts.ts';
import { toHistogram } from '../../src/loadtest/metrics/to-histogram.ts';
import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { type Criteria, defaultCriteria } from '../../src/loadtest/verdict/criteria.ts';
import { judge, type Verdict } from '../../src/loadtest/verdict/judge.ts';
import { buildMeasurement } from '../../src/testing/build-measurement.ts';

/** Half a minute of random arrivals at operations that take 50 ms on average. */
const lengthMs = 30_000;
const windowMs = 1_000;
const serviceMs = 50;
/** What goes wrong begins here. */
const fromMs = 10_000;

export interface Loop {
  readonly connections: number;
  /** Arrival rate as a share of what the connections carry at the target's own pace. */
  readonly load: number;
  /** Spread of the time that an operation takes: the standard deviation of its logarithm. Default: 0.5. */
  readonly sigma?: number;
  /** The target answers nothing for so long, once. */
  readonly stallMs?: number;
  /** The target takes so many times as long, for so long. */
  readonly slow?: { readonly times: number; readonly forMs: number };
  /** The target works on so many operations at once; others wait inside of it. */
  readonly servers?: number;
  /** The generator stalls for so long, once. */
  readonly generatorStallMs?: number;
}

/** Plays an open loop, and judges what was measured. */
export function judgeLoop(random: Random, loop: Loop): Verdict {
  const rate = (loop.load * loop.connections * 1000) / serviceMs;
  const config = resolveConfig({
    rate,
    durationSecs: lengthMs / 1000,
    maxConnections: loop.connections,
    numClients: loop.connections,
    workers: 1,
  });
  const { hit_rate_points_from_target: _, ...criteria } = defaultCriteria satisfies Criteria;
  return judge(new PlayedLoop(random, loop).play(1000 / rate), config, criteria);
}

interface Operation {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endMs: number;
  readonly busyAtSend: number;
}

class PlayedLoop {
  readonly #random: Random;
  readonly #loop: Loop;
  readonly #counters = new Float64Array(new SharedArrayBuffer(1024));
  readonly #calm = new LatencyCounts();
  readonly #pool: { all: never[]; busy: number; most: number };
  readonly #use: ConnectionUse;
  readonly #windows: PlayedWindow[] = [];
  /** When each of the target's servers is free. */
  readonly #freeMs: number[] | undefined;
  #nowMs = 0;
  #underWay: Operation[] = [];
  readonly #waiting: number[] = [];

  constructor(random: Random, loop: Loop) {
    this.#random = random;
    this.#loop = loop;
    this.#freeMs = loop.servers === undefined ? undefined : new Array(loop.servers).fill(0);
    this.#pool = { all: [], busy: 0, most: loop.connections };
    const record = (ms: number): void => void this.#calm.record(ms * 1000);
    this.#use = new ConnectionUse(this.#pool, this.#counters, record, () => this.#nowMs);
  }

  play(gapMs: number): Measurement {
    let dueMs = 0;
    for (;;) {
      const first = this.#firstEnd();
      const seenMs = this.#seenMs(dueMs);
      const endMs = first?.endMs ?? Number.POSITIVE_INFINITY;
      if (Math.min(seenMs, endMs) > lengthMs) break;
      if (seenMs <= endMs) {
        this.#nowMs = seenMs;
        this.#come(dueMs);
        dueMs -= gapMs * Math.log(1 - this.#random());
      } else {
        this.#end(first!);
      }
      this.#use.noteWaiting(this.#waiting.length > 0);
      this.#window().allBusyUntil = this.#counters[counterSlot.allBusyMs]!;
    }
    return this.#measured();
  }

  #come(dueMs: number): void {
    this.#window().due += 1;
    this.#window().series.send_lag.record((this.#nowMs - dueMs) * 1000);
    if (this.#pool.busy < this.#pool.most) this.#send(dueMs);
    else this.#waiting.push(dueMs);
  }

  #end(operation: Operation): void {
    const { dueMs, sentMs, endMs, busyAtSend } = operation;
    this.#nowMs = endMs;
    this.#underWay = this.#underWay.filter((one) => one !== operation);
    this.#window().series.hit.record((endMs - dueMs) * 1000);
    this.#window().series.service.record((endMs - sentMs) * 1000);
    this.#use.noteServed(busyAtSend, endMs - sentMs);
    this.#pool.busy -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#send(next);
  }

  #send(dueMs: number): void {
    this.#pool.busy += 1;
    const sentMs = this.#nowMs;
    const endMs = this.#seenMs(this.#answeredMs(sentMs));
    this.#underWay.push({ dueMs, sentMs, endMs, busyAtSend: this.#pool.busy });
  }

  /** When the target has answered what is sent now. */
  #answeredMs(sentMs: number): number {
    const { sigma = 0.5, slow, stallMs = 0 } = this.#loop;
    const isSlow = slow !== undefined && sentMs >= fromMs && sentMs < fromMs + slow.forMs;
    const ownMs = serviceMs * Math.exp(sigma * standardNormal(this.#random) - sigma ** 2 / 2);
    const takesMs = ownMs * (isSlow ? slow.times : 1);
    let beginMs = sentMs;
    if (this.#freeMs !== undefined) {
      const at = this.#freeMs.indexOf(Math.min(...this.#freeMs));
      beginMs = Math.max(sentMs, this.#freeMs[at]!);
      this.#freeMs[at] = beginMs + takesMs;
    }
    const endMs = beginMs + takesMs;
    const isHeldUp = endMs > fromMs && sentMs < fromMs + stallMs;
    return isHeldUp ? endMs + fromMs + stallMs - Math.max(fromMs, sentMs) : endMs;
  }

  /** When the generator gets to what happens at an instant. */
  #seenMs(ms: number): number {
    const { generatorStallMs = 0 } = this.#loop;
    return ms > fromMs && ms < fromMs + generatorStallMs ? fromMs + generatorStallMs : ms;
  }

  #firstEnd(): Operation | undefined {
    return this.#underWay.reduce<Operation | undefined>(
      (first, one) => (first === undefined || one.endMs < first.endMs ? one : first),
      undefined,
    );
  }

  #window(): PlayedWindow {
    const at = Math.min(lengthMs / windowMs - 1, Math.floor(this.#nowMs / windowMs));
    while (this.#windows.length <= at) {
      const series = {
        hit: new LatencyCounts(),
        service: new LatencyCounts(),
        send_lag: new LatencyCounts(),
      };
      const allBusyFrom = this.#windows.at(-1)?.allBusyUntil ?? 0;
      this.#windows.push({ due: 0, allBusyFrom, allBusyUntil: allBusyFrom, series });
    }
    return this.#windows[at]!;
  }

  #measured(): Measurement {
    const hits = this.#windows.reduce((sum, { series }) => sum + series.hit.total, 0);
    const made = buildMeasurement({ durationMs: lengthMs, hits, misses: 0, latenciesMs: {} });
    const ended = this.#counters[counterSlot.allBusyEnded]!;
    const { generatorStallMs = 0 } = this.#loop;
    return {
      ...made,
      windows: made.windows.map((window, at) => measuredWindow(window, this.#windows[at])),
      scheduled: this.#windows.reduce((sum, { due }) => sum + due, 0),
      parts: { ...made.parts, calmService: toHistogram(this.#calm.take()) },
      connections: {
        ...made.connections,
        most: this.#loop.connections,
        allBusyMs: this.#counters[counterSlot.allBusyMs]!,
        allBusyServiceMs:
          ended === 0 ? undefined : this.#counters[counterSlot.allBusyConnectionMs]! / ended,
      },
      generator: {
        ...made.generator,
        samples: made.generator.samples.map((sample) =>
          sample.atMs - windowMs <= fromMs + generatorStallMs &&
          sample.atMs > fromMs + generatorStallMs
            ? { ...sample, loopDelayMaxMs: Math.max(sample.loopDelayMaxMs, generatorStallMs) }
            : sample,
        ),
      },
    };
  }
}

interface PlayedWindow {
  due: number;
  readonly allBusyFrom: number;
  allBusyUntil: number;
  readonly series: Record<'hit' | 'service' | 'send_lag', LatencyCounts>;
}

function measuredWindow(window: Window, played: PlayedWindow | undefined): Window {
  if (played === undefined) return { ...window, histograms: {}, due: 0, allBusyMs: 0 };
  const histograms: Partial<Record<LatencySeries, Histogram>> = {};
  for (const [name, counts] of Object.entries(played.series)) {
    if (counts.total > 0) histograms[name as LatencySeries] = toHistogram(counts.take());
  }
  const allBusyMs = played.allBusyUntil - played.allBusyFrom;
  return { ...window, histograms, due: played.due, allBusyMs };
}
