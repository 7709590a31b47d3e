/**
 * How long blocks must be for a stationary bootstrap to keep a series' autocorrelation: the
 * automatic choice of D. N. Politis and H. White (Econometric Reviews 23, 2004), corrected by A.
 * Patton, D. N. Politis and H. White (ibid. 28, 2009). Returns a mean block length from 1 to
 * ceil(min(3 sqrt(n), n / 3)), not rounded; `arch.bootstrap.optimal_block_length` returns the same
 * before the lower bound of 1.
 */
export function stationaryBlockLength(series: readonly number[]): number {
  const n = series.length;
  if (n < 8) return 1;
  const mean = series.reduce((sum, value) => sum + value, 0) / n;
  const centred = series.map((value) => value - mean);
  if (centred.every((value) => value === 0)) return 1;
  const lengthMax = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3));
  const bandwidth = bandwidthOf(centred);
  let slope = 0;
  let density = autocovariance(centred, 0);
  for (let lag = 1; lag <= bandwidth; lag += 1) {
    // The flat-top window: 1 up to half the bandwidth, then down to 0.
    const weight = lag / bandwidth <= 0.5 ? 1 : 2 * (1 - lag / bandwidth);
    const covariance = autocovariance(centred, lag);
    slope += 2 * weight * lag * covariance;
    density += 2 * weight * covariance;
  }
  const length = Math.cbrt((2 * slope ** 2) / (2 * density ** 2)) * Math.cbrt(n);
  return Math.min(lengthMax, Math.max(1, Number.isFinite(length) ? length : 1));
}

/** Twice the first lag from which on five autocorrelations in a row are no more than noise. */
function bandwidthOf(centred: readonly number[]): number {
  const n = centred.length;
  const run = 5;
  const bandwidthMax = Math.min(n - 3, Math.ceil(Math.sqrt(n)) + run);
  const noise = 2 * Math.sqrt(Math.log10(n) / n);
  let quiet = 0;
  for (let lag = 0; lag < bandwidthMax; lag += 1) {
    quiet = Math.abs(autocorrelation(centred, lag)) < noise ? quiet + 1 : 0;
    if (quiet === run) return Math.min(bandwidthMax, 2 * Math.max(1, lag - run + 1));
  }
  return bandwidthMax;
}

function autocovariance(centred: readonly number[], lag: number): number {
  let sum = 0;
  for (let i = lag; i < centred.length; i += 1) sum += centred[i]! * centred[i - lag]!;
  return sum / centred.length;
}

/** Scaled by the spread of the two stretches that are multiplied, as the reference implementation does. */
function autocorrelation(centred: readonly number[], lag: number): number {
  const n = centred.length;
  let product = 0;
  let later = 0;
  let earlier = 0;
  for (let i = 0; i < n; i += 1) {
    if (i >= lag) product += centred[i]! * centred[i - lag]!;
    if (i >= lag + 1) later += centred[i]! ** 2;
    if (i < n - lag - 1) earlier += centred[i]! ** 2;
  }
  const scale = Math.sqrt(later * earlier);
  return scale === 0 ? 0 : product / scale;
}
