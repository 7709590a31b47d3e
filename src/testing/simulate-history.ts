import type {
  EvictionSample,
  Operation,
  ReadOperation,
  WriteOperation,
} from '../loadtest/history/check/operation.ts';
import { createRandom, type Random } from '../loadtest/statistics/random.ts';

/** A history of one register as it behaves when all is well, and what it went through. */
export interface SimulatedHistory {
  readonly operations: readonly Operation[];
  readonly evictions: readonly EvictionSample[];
  /** The writes that took effect, in that order. */
  readonly order: readonly WriteOperation[];
}

export interface SimulationOptions {
  readonly clients?: number;
  readonly operationsPerClient?: number;
  /** How many evictions happen in the time that all operations take. Default 0. */
  readonly evictions?: number;
}

/** Something that happens to the register at one moment. */
type Effect = { readonly atMs: number } & (
  | { readonly kind: 'eviction' }
  | { readonly kind: 'write'; readonly write: WriteOperation }
  | { readonly kind: 'read'; readonly read: Omit<ReadOperation, 'outcome'> }
);

/** Lets clients work on one register, each operation taking effect at some moment of its time. */
export function simulateHistory(
  seed: number,
  { clients = 4, operationsPerClient = 12, evictions = 0 }: SimulationOptions = {},
): SimulatedHistory {
  const random = createRandom(seed, 0);
  const effects = Array.from({ length: clients }, (_, client) =>
    clientEffects(random, client, operationsPerClient),
  ).flat();
  const unseen: Operation[] = effects.flatMap((effect) =>
    effect.kind === 'write' ? [effect.write] : [],
  );
  const lastMs = operationsPerClient * meanMs;
  for (let n = 0; n < evictions; n += 1)
    effects.push({ kind: 'eviction', atMs: random() * lastMs });
  effects.sort((a, b) => a.atMs - b.atMs);
  let value: string | undefined;
  const order: WriteOperation[] = [];
  const evictedAtMs: number[] = [];
  const reads: Operation[] = [];
  for (const effect of effects) {
    // Infinity: it never takes effect.
    if (effect.atMs === Number.POSITIVE_INFINITY) continue;
    if (effect.kind === 'write') {
      value = effect.write.value;
      order.push(effect.write);
    } else if (effect.kind === 'eviction') {
      if (value !== undefined) evictedAtMs.push(effect.atMs);
      value = undefined;
    } else {
      const outcome =
        value === undefined
          ? ({ outcome: 'miss' } as const)
          : ({ outcome: 'value', value } as const);
      reads.push({ ...effect.read, ...outcome } as ReadOperation);
    }
  }
  const operations = [...unseen, ...reads].sort((a, b) => a.endedMs - b.endedMs);
  return { operations, order, evictions: samplesOf(evictedAtMs, lastMs) };
}

const meanMs = 10;

function clientEffects(random: Random, client: number, count: number): Effect[] {
  const effects: Effect[] = [];
  let nowMs = random() * meanMs;
  for (let number = 0; number < count; number += 1) {
    const invokedMs = nowMs + random() * meanMs * 0.5;
    const tookMs = random() * meanMs * (random() < 0.1 ? 5 : 1);
    const asked = { client, node: 0, key: 'k', invokedMs, endedMs: invokedMs + tookMs };
    nowMs = asked.endedMs;
    const inTimeMs = invokedMs + random() * tookMs;
    if (random() < 0.6)
      effects.push({ kind: 'read', atMs: inTimeMs, read: { ...asked, kind: 'read' } });
    else
      effects.push(
        writeEffect(random, inTimeMs, { ...asked, kind: 'write', value: `${client}.${number}` }),
      );
  }
  return effects;
}

/** One in ten writes has no answer: it takes effect in time, later, or never. One in twenty is refused. */
function writeEffect(
  random: Random,
  inTimeMs: number,
  write: Omit<WriteOperation, 'outcome'>,
): Effect {
  const fate = random();
  const never = Number.POSITIVE_INFINITY;
  if (fate > 0.15) return { kind: 'write', atMs: inTimeMs, write: { ...write, outcome: 'ok' } };
  if (fate > 0.1) return { kind: 'write', atMs: never, write: { ...write, outcome: 'failed' } };
  const atMs = [inTimeMs, write.endedMs + random() * 5 * meanMs, never][Math.floor(fate * 30)]!;
  return { kind: 'write', atMs, write: { ...write, outcome: 'unknown' } };
}

/** The store is asked every 7 ms, and the answer takes one. */
function samplesOf(evictedAtMs: readonly number[], lastMs: number): EvictionSample[] {
  const samples: EvictionSample[] = [];
  for (let askedMs = -2; askedMs < lastMs * 3; askedMs += 7) {
    const evictedEntries = evictedAtMs.filter((atMs) => atMs <= askedMs + 0.5).length;
    samples.push({ askedMs, answeredMs: askedMs + 1, evictedEntries });
  }
  return samples;
}
