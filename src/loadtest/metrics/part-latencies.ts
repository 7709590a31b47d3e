import type { ExchangePhase } from '../measurement.ts';
import { type BucketCounts, LatencyCounts } from './latency-counts.ts';

/** The classes of size that latency is shown by: each begins here and ends where the next begins, in bytes. */
export const sizeClassesFromBytes: readonly number[] = [
  0,
  ...[7, 10, 13, 16, 19, 22, 25].map((power) => 2 ** power),
];

/** A part of a run whose latency is counted by itself, over the whole run. */
export type PartName =
  | `size_${number}`
  | ExchangePhase
  | 'calm_service'
  | `stage_${number}_response`
  | `stage_${number}_service`;

/** What of each part is handed over, in compact form. */
export type PartCounts = Readonly<Partial<Record<PartName, BucketCounts>>>;

/** Latencies by part, in as much memory as there are parts with a sample. */
export class PartLatencies {
  readonly #parts = new Map<PartName, LatencyCounts>();

  record(part: PartName, latencyUs: number): void {
    this.#at(part).record(latencyUs);
  }

  addAll(counts: PartCounts): void {
    for (const [part, pairs] of Object.entries(counts)) this.#at(part as PartName).addAll(pairs!);
  }

  /** Takes everything out, and starts again from nothing. */
  take(): PartCounts {
    const taken: Partial<Record<PartName, BucketCounts>> = {};
    for (const [part, counts] of this.#parts) if (counts.total > 0) taken[part] = counts.take();
    return taken;
  }

  #at(part: PartName): LatencyCounts {
    const known = this.#parts.get(part);
    if (known !== undefined) return known;
    const counts = new LatencyCounts();
    this.#parts.set(part, counts);
    return counts;
  }
}

/** The part that an artifact's size belongs to. */
export function sizePartOf(sizeBytes: number): PartName {
  let index = sizeParts.length - 1;
  while (sizeBytes < sizeClassesFromBytes[index]!) index -= 1;
  return sizeParts[index]!;
}

const sizeParts: readonly PartName[] = sizeClassesFromBytes.map(
  (fromBytes): PartName => `size_${fromBytes}`,
);

/** Names the stage that an operation is due in. Made once per run: names are not put together per operation. */
export class StageParts {
  readonly #endsMs: readonly number[];
  readonly #names: readonly { readonly response: PartName; readonly service: PartName }[];

  /** @param endsMs when each stage ends, ms from the start; none where there is but one. */
  constructor(endsMs: readonly number[]) {
    this.#endsMs = endsMs;
    this.#names = endsMs.map((_, stage) => ({
      response: `stage_${stage}_response`,
      service: `stage_${stage}_service`,
    }));
  }

  /** @param dueMs from the start of the run. */
  at(dueMs: number): { readonly response: PartName; readonly service: PartName } | undefined {
    let stage = 0;
    while (stage < this.#endsMs.length - 1 && dueMs >= this.#endsMs[stage]!) stage += 1;
    return this.#names[stage];
  }
}
