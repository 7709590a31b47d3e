import { parseNumber, parseSize } from '../../../core/index.ts';
import { artifactBytesMax } from '../../transport/shared/largest-artifact.ts';

/** A size and how often it is drawn, relative to the other weights. */
export interface WeightedSize {
  readonly sizeBytes: number;
  readonly weight: number;
}

export type SizeDistribution =
  /** The shape measured on a large public build cache (docs/loadtest.md describes it). */
  | { readonly kind: 'build-cache' }
  | { readonly kind: 'weighted'; readonly sizes: readonly WeightedSize[] };

export type KeyDistribution =
  | { readonly kind: 'zipf'; readonly exponent: number }
  | { readonly kind: 'uniform' };

/** YCSB's constant for its zipfian generator: the most asked-for keys lead, none dominates. */
export const defaultZipfExponent = 0.99;

export const sizesForm =
  "a size up to 4GiB such as 1KiB, sizes with weights such as '1KiB:80,64KiB:20', or build-cache";
export const keysForm = 'zipf, zipf:EXPONENT (above 0, up to 5), or uniform';

/** Reads `1KiB`, `1KiB:80,64KiB:20`, `build-cache`, a number of bytes, or the resolved form. */
export function parseSizes(value: unknown): SizeDistribution | undefined {
  if (value === 'build-cache') return { kind: 'build-cache' };
  if (typeof value === 'number') return weighted([{ sizeBytes: value, weight: 1 }]);
  if (typeof value === 'string') {
    const sizes = value.split(',').map(parseWeightedSize);
    return sizes.every((size) => size !== undefined) ? weighted(sizes) : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as { kind?: unknown; sizes?: unknown };
  if (given.kind === 'build-cache') return { kind: 'build-cache' };
  if (given.kind !== 'weighted' || !Array.isArray(given.sizes)) return undefined;
  return weighted(given.sizes as WeightedSize[]);
}

/** Reads `zipf`, `zipf:1.1`, `uniform`, or the resolved form. */
export function parseKeys(value: unknown): KeyDistribution | undefined {
  if (value === 'uniform') return { kind: 'uniform' };
  if (value === 'zipf') return { kind: 'zipf', exponent: defaultZipfExponent };
  if (typeof value === 'string') {
    return value.startsWith('zipf:') ? zipf(parseNumber(value.slice(5))) : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as { kind?: unknown; exponent?: unknown };
  if (given.kind === 'uniform') return { kind: 'uniform' };
  return given.kind === 'zipf' ? zipf(given.exponent) : undefined;
}

function parseWeightedSize(text: string): WeightedSize | undefined {
  const [size = '', weight = '1', ...rest] = text.split(':');
  const sizeBytes = parseSize(size);
  if (sizeBytes === undefined || rest.length > 0) return undefined;
  const drawn = parseNumber(weight);
  return drawn === undefined ? undefined : { sizeBytes, weight: drawn };
}

function weighted(sizes: readonly WeightedSize[]): SizeDistribution | undefined {
  const valid =
    sizes.length > 0 &&
    sizes.every(
      ({ sizeBytes, weight }) =>
        Number.isSafeInteger(sizeBytes) &&
        sizeBytes >= 0 &&
        sizeBytes <= artifactBytesMax &&
        Number.isFinite(weight) &&
        weight > 0,
    );
  return valid ? { kind: 'weighted', sizes } : undefined;
}

function zipf(exponent: unknown): KeyDistribution | undefined {
  return typeof exponent === 'number' && exponent > 0 && exponent <= 5
    ? { kind: 'zipf', exponent }
    : undefined;
}

/** The form that `--keys` takes. */
export function showKeys(keys: KeyDistribution): string {
  return keys.kind === 'uniform' ? 'uniform' : `zipf:${keys.exponent}`;
}

/** The form that `--size` takes, in bytes. */
export function showSizes(sizes: SizeDistribution): string {
  if (sizes.kind === 'build-cache') return 'build-cache';
  return sizes.sizes.map(({ sizeBytes, weight }) => `${sizeBytes}:${weight}`).join(',');
}
