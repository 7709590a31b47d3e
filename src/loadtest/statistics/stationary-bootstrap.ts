import type { Random } from './random.ts';

/**
 * One resample of the stationary bootstrap (D. N. Politis and J. P. Romano, JASA 89, 1994): how
 * often each of `length` consecutive places is drawn. Blocks begin anywhere, have a geometric length
 * of the given mean and run on from the end to the beginning, so that the resampled series is
 * stationary and neighbours stay together as often as the series' autocorrelation asks for.
 */
export function drawStationary(length: number, blockLength: number, random: Random): Uint32Array {
  const drawn = new Uint32Array(length);
  const newBlock = 1 / Math.max(1, blockLength);
  let place = 0;
  for (let step = 0; step < length; step += 1) {
    place =
      step === 0 || random() < newBlock ? Math.floor(random() * length) : (place + 1) % length;
    drawn[place]! += 1;
  }
  return drawn;
}
