import { parseDuration, parseNumber } from '../../../core/index.ts';

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
/** Each has figures of its own in the result. */
export const stagesMost = 100;
export const stagesForm: string = `durations and rates, up to ${stagesMost}, such as '10s@100,5s@0,30s@100..500'; the rates of a pause are 0`;

/** Reads `500` or `100..500`; `undefined` for anything else, and where nothing would be sent. */
export function parseRate(value: unknown): RateRamp | undefined {
  const rates = parseRates(value);
  return rates !== undefined && rates.fromRate + rates.toRate > 0 ? rates : undefined;
}

/** The same, and 0. */
function parseRates(value: unknown): RateRamp | undefined {
  if (typeof value === 'number') return ratePair(value, value);
  if (typeof value !== 'string') return undefined;
  const ends = value.split('..');
  if (ends.length > 2) return undefined;
  const [first = '', last = first] = ends;
  const [from, to] = [parseNumber(first), parseNumber(last)];
  return from === undefined || to === undefined ? undefined : ratePair(from, to);
}

/** Reads `10s@100,30s@100..500`, or the same as objects; `undefined` for anything else. */
export function parseStages(value: unknown): readonly RateStage[] | undefined {
  const parts: unknown[] | undefined =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : undefined;
  if (parts === undefined || parts.length === 0 || parts.length > stagesMost) return undefined;
  const stages = parts.map((part) =>
    typeof part === 'string' ? parseStage(part) : checkStage(part),
  );
  if (!stages.every((stage) => stage !== undefined)) return undefined;
  // Something must be sent: pauses alone are not a load.
  return stages.some(({ fromRate, toRate }) => fromRate + toRate > 0) ? stages : undefined;
}

function parseStage(text: string): RateStage | undefined {
  const [duration, rate, ...rest] = text.trim().split('@');
  if (duration === undefined || rate === undefined || rest.length > 0) return undefined;
  const durationMs = parseDuration(duration);
  const rates = parseRates(rate.trim());
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
  return valid ? { fromRate, toRate } : undefined;
}

/** The form that `--rate` takes. */
export function showRate({ fromRate, toRate }: RateRamp): string {
  return fromRate === toRate ? String(fromRate) : `${fromRate}..${toRate}`;
}

/** The form that `--stages` takes. */
export function showStages(stages: readonly RateStage[]): string {
  return stages.map((stage) => `${stage.durationSecs}s@${showRate(stage)}`).join(',');
}
