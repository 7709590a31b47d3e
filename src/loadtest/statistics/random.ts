/** Uniform over 0 <= x < 1. */
export type Random = () => number;

/**
 * A seeded stream of numbers (sfc32, by Chris Doty-Humphrey). Streams of one seed with different
 * `stream` numbers are independent: one for each client, so that no client's draws depend on the
 * order in which answers came to the others.
 */
export function createRandom(seed: number, stream: number): Random {
  let a = mix32(seed | 0);
  let b = mix32(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9);
  let c = mix32(stream ^ 0x85ebca6b);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  return () => next() / 2 ** 32;
}

/** Scrambles 32 bits, one to one (murmur3's finalizer). */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
