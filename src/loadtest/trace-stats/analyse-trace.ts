import type { TraceEvent } from '../../core/trace/index.ts';
import { ConfigError } from '../errors.ts';
import { EventOrder } from '../replay/event-order.ts';
import { unknownSizeBytes } from '../replay/key-plan.ts';
import { TraceReader } from '../replay/read-trace.ts';
import { footprintBytes } from './footprint.ts';
import { createGrowth, type GrowthPoint } from './growth.ts';
import { KeySample } from './key-sample.ts';
import { MissRatioCurve, type MissRatioPoint } from './miss-ratio-curve.ts';

/** What a recorded trace says about the size that a cache needs. */
export interface TraceStats {
  readonly trace: string;
  readonly durationMs: number;
  readonly lookups: number;
  readonly stores: number;
  /** Hits among the lookups that the recorded server answered, percent. */
  readonly recordedHitRatePercent: number | null;
  /** Hit rate of a cache that keeps everything, with what the trace shows to be stored before it. */
  readonly unlimitedHitRatePercent: number | null;
  /** Distinct keys, and what all of them take of a store's `--max-size`. */
  readonly keys: number;
  readonly workingSetBytes: number;
  /** The share of the keys that was simulated; 1: all, exactly. */
  readonly sampledShare: number;
  readonly growth: readonly GrowthPoint[];
  /** By size, rising. */
  readonly curve: readonly MissRatioPoint[];
  readonly notes: readonly string[];
}

export interface AnalyseTraceOptions {
  /** Sizes of cache to simulate, bytes; default a rising series up to the working set. */
  readonly sizesBytes?: readonly number[] | undefined;
  /** Keys that are simulated at most; of a trace with more a sample. Default {@link sampledKeysMax}. */
  readonly keysMax?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Keys that are simulated at most, unless a caller says otherwise. */
export const sampledKeysMax = 100_000;

/**
 * Reads a trace twice: for its keys and sizes, and for the hit rate of caches of several sizes. A
 * lookup that misses is taken to be followed by a store, since that is what a build does.
 * @throws {ConfigError} naming the file: it cannot be read, is not a trace, or holds no lookup.
 */
export async function analyseTrace(
  trace: string,
  options: AnalyseTraceOptions = {},
): Promise<TraceStats> {
  const survey = await surveyTrace(trace, options);
  if (survey.lookups === 0) throw new ConfigError([`the trace ${trace} holds no lookup`]);
  const { sample } = survey;
  const sizes = options.sizesBytes ?? usualSizes(sample.sizeBytes);
  const curve = new MissRatioCurve(sizes, sample.share);
  const sizeOf = (key: string): number => sample.sizeOf(key) ?? footprintBytes(unknownSizeBytes);
  // What the trace reads before it stores it was there when recording began.
  for (const key of survey.warm) if (sample.has(key)) curve.store(key, sizeOf(key));
  for await (const event of eventsOf(trace, options.signal)) {
    const key = event.key!;
    const isLookup = isLookupOf(event);
    if (isLookup) curve.countLookup();
    if (!sample.has(key)) continue;
    const sizeBytes = event.size === undefined ? sizeOf(key) : footprintBytes(event.size);
    if (isLookup) curve.lookUp(key, sizeBytes);
    else if (event.answer === 'removed') curve.remove(key);
    else curve.store(key, sizeBytes);
  }
  const { hits, misses, lookups } = survey;
  return {
    trace,
    durationMs: survey.durationMs,
    lookups,
    stores: survey.stores,
    recordedHitRatePercent: hits + misses === 0 ? null : (100 * hits) / (hits + misses),
    unlimitedHitRatePercent: curve.unlimitedHitRatePercent,
    keys: sample.keys,
    workingSetBytes: sample.sizeBytes,
    sampledShare: sample.share,
    growth: survey.growth.points(),
    curve: curve.points(),
    notes: notesOf(survey),
  };
}

interface Survey {
  readonly sample: KeySample;
  readonly growth: ReturnType<typeof createGrowth>;
  /** Keys whose first operation found them, in order. */
  readonly warm: ReadonlySet<string>;
  lookups: number;
  stores: number;
  hits: number;
  misses: number;
  purges: number;
  leftOut: number;
  sizeless: number;
  durationMs: number;
}

async function surveyTrace(
  trace: string,
  { keysMax = sampledKeysMax, signal }: AnalyseTraceOptions,
): Promise<Survey> {
  const sample = new KeySample(keysMax);
  const warm = new Set<string>();
  const growth = createGrowth();
  const survey: Survey = {
    ...{ sample, growth, warm, lookups: 0, stores: 0, hits: 0, misses: 0 },
    ...{ purges: 0, leftOut: 0, sizeless: 0, durationMs: 0 },
  };
  let firstUs: number | undefined;
  for await (const event of eventsOf(trace, signal, (reason) => {
    survey[reason] += 1;
  })) {
    firstUs ??= event.t;
    survey.durationMs = (event.t - firstUs) / 1000;
    const isLookup = isLookupOf(event);
    survey[isLookup ? 'lookups' : 'stores'] += event.answer === 'removed' ? 0 : 1;
    if (isLookup) survey[event.answer === 'hit' ? 'hits' : 'misses'] += 1;
    const key = event.key!;
    if (!sample.has(key)) continue;
    const known = sample.sizeOf(key);
    if (known === undefined && isLookup && event.answer === 'hit') warm.add(key);
    if (event.size === undefined && known === undefined) survey.sizeless += 1;
    const size =
      event.size === undefined
        ? (known ?? footprintBytes(unknownSizeBytes))
        : footprintBytes(event.size);
    if (size !== known) sample.add(key, size);
    growth.note(survey.durationMs, sample);
  }
  return survey;
}

/** The operations that touch an entry, in the order of their times. */
async function* eventsOf(
  trace: string,
  signal: AbortSignal | undefined,
  onLeftOut: (reason: 'purges' | 'leftOut') => void = () => undefined,
): AsyncGenerator<TraceEvent, void, undefined> {
  const order = new EventOrder();
  const touches = function* (events: Iterable<TraceEvent>): Generator<TraceEvent> {
    for (const event of events) {
      if (event.key === undefined) onLeftOut('purges');
      else if (event.answer === 'refused' || event.answer === 'failed') onLeftOut('leftOut');
      else if (isLookupOf(event) || event.answer === 'stored' || event.answer === 'removed') {
        yield event;
      }
    }
  };
  for await (const batch of new TraceReader(trace).batches()) {
    signal?.throwIfAborted();
    for (const event of batch) yield* touches(order.add(event));
  }
  yield* touches(order.finish());
}

function isLookupOf({ op, answer }: TraceEvent): boolean {
  const isQuestion = op === 'read' || op === 'exists' || op === 'find';
  return isQuestion && (answer === 'hit' || answer === 'miss');
}

/** Doubling, from about a thousandth of the working set to all of it. */
function usualSizes(workingSetBytes: number): number[] {
  const sizes: number[] = [];
  for (
    let size = Math.ceil(workingSetBytes);
    sizes.length < 11 && size >= 1;
    size = Math.ceil(size / 2)
  ) {
    sizes.unshift(size);
    if (size === 1) break;
  }
  return sizes;
}

function notesOf({ sample, purges, leftOut, sizeless }: Survey): string[] {
  return [
    sample.share === 1
      ? ''
      : `simulated with ${(100 * sample.share).toPrecision(2)} % of the keys, chosen by their hashes`,
    purges === 0 ? '' : `${purges} purges of several keys are left out`,
    leftOut === 0 ? '' : `${leftOut} rejected or failed operations are left out`,
    sizeless === 0
      ? ''
      : `${sizeless} keys were first seen without a size, and count ${unknownSizeBytes} bytes each until one is known`,
  ].filter((note) => note !== '');
}
