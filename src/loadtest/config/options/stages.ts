import { parseDuration } from '../../../core/index.ts';

/** How often, in operations per second, over which time. A constant rate has `fromRate === toRate`. */
export interface RateStage {
  readonly durationSecs: number;
  readonly fromRate: number;
  readonly toRate: number;
}

/** A rate, or a ramp from one to another, over a time that is said elsewhere. */
export type RateRamp = Pick<RateStage, 'fromRate' | 'toRate'>;

/** Most operations per second of a schedule. */
export const rateMax = 1_000_000;

export const rateForm: string = `operations per second up to ${rateMax.toLocaleString('en')}, such as 500, or a ramp such as 100..500`;
export const stagesForm = "durations and rates such as '10s@100,30s@100..500,10s@500'";

/** Reads `500` or `100..500`; `undefined` for anything else. */
export function parseRate(value: unknown): RateRamp | undefined {
  if (typeof value === 'number') return ratePair(value, value);
  if (typeof value !== 'string') return undefined;
  const ends = value.split('..');
  if (ends.length > 2) return undefined;
  const [from, to] = [parseNumber(ends[0]), parseNumber(ends[1] ?? ends[0])];
  return from === undefined || to === undefined ? undefined : ratePair(from, to);
}

/** Reads `10s@100,30s@100..500`, or the same as objects; `undefined` for anything else. */
export function parseStages(value: unknown): readonly RateStage[] | undefined {
  const parts: unknown[] | undefined =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : undefined;
  if (parts === undefined || parts.length === 0) return undefined;
  const stages = parts.map((part) =>
    typeof part === 'string' ? parseStage(part) : checkStage(part),
  );
  return stages.every((stage) => stage !== undefined) ? stages : undefined;
}

function parseStage(text: string): RateStage | undefined {
  const [duration, rate, ...rest] = text.trim().split('@');
  if (duration === undefined || rate === undefined || rest.length > 0) return undefined;
  const durationMs = parseDuration(duration);
  const rates = parseRate(rate.trim());
  if (durationMs === undefined || durationMs <= 0 || rates === undefined) return undefined;
  return { durationSecs: durationMs / 1000, ...rates };
}

function checkStage(value: unknown): RateStage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { durationSecs, fromRate, toRate } = value as Partial<Record<keyof RateStage, unknown>>;
  if (typeof durationSecs !== 'number' || !(durationSecs > 0)) return undefined;
  if (!Number.isFinite(durationSecs)) return undefined;
  if (typeof fromRate !== 'number' || typeof toRate !== 'number') return undefined;
  const rates = ratePair(fromRate, toRate);
  return rates === undefined ? undefined : { durationSecs, ...rates };
}

function ratePair(fromRate: number, toRate: number): RateRamp | undefined {
  const valid = [fromRate, toRate].every((rate) => rate >= 0 && rate <= rateMax);
  return valid && fromRate + toRate > 0 ? { fromRate, toRate } : undefined;
}

function parseNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}

/** The form that `--rate` takes. */
export function showRate({ fromRate, toRate }: RateRamp): string {
  return fromRate === toRate ? String(fromRate) : `${fromRate}..${toRate}`;
}

/** The form that `--stages` takes. */
export function showStages(stages: readonly RateStage[]): string {
  return stages.map((stage) => `${stage.durationSecs}s@${showRate(stage)}`).join(',');
}
