import { standardNormal } from './detectable-change.ts';
import type { Random } from './random.ts';

/**
 * A stationary first-order autoregressive series with mean 0 and variance 1: each value is
 * `correlation` times the one before plus independent normal noise. Windows of one run resemble their
 * neighbours in about this way.
 */
export function firstOrderSeries(random: Random, length: number, correlation: number): number[] {
  const noise = Math.sqrt(1 - correlation ** 2);
  let value = standardNormal(random);
  return Array.from({ length }, () => {
    value = correlation * value + noise * standardNormal(random);
    return value;
  });
}

/**
 * The correlation of neighbours within two stretches of a series, each around its own mean, so that
 * a step between them does not pass for correlation. Corrected for the bias of short series
 * (F. H. C. Marriott and J. A. Pope, Biometrika 41, 1954: the estimate is too small by about
 * (1 + 3r) / n for one mean, and each further mean adds as much again as the 1).
 */
export function correlationWithin(values: readonly number[], split: number): number {
  const residuals = [values.slice(0, split), values.slice(split)].map((part) => {
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.map((value) => value - mean);
  });
  const estimate = neighbourCorrelation(residuals);
  if (estimate === undefined || values.length <= 4) return 0;
  const n = values.length;
  return (n * estimate + residuals.length) / (n - 3);
}

/**
 * The correlation of neighbours in stretches of values around 0, as it is estimated, with the bias of
 * short series; `undefined` where all values are 0.
 */
export function neighbourCorrelation(
  stretches: readonly (readonly number[])[],
): number | undefined {
  let product = 0;
  let spread = 0;
  for (const part of stretches) {
    part.forEach((value, index) => {
      spread += value ** 2;
      if (index > 0) product += value * part[index - 1]!;
    });
  }
  return spread === 0 ? undefined : product / spread;
}

/**
 * What the variance of a mean grows by in a first-order series (G. V. Bayley and J. M. Hammersley,
 * Suppl. J. Royal Statistical Society 8, 1946).
 * @param correlation of neighbours, below 1.
 */
export function varianceInflation(correlation: number): number {
  return (1 + correlation) / (1 - correlation);
}
