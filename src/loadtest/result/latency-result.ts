import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { summarizeLatency } from '../metrics/merge-series.ts';
import type { LatencyResult } from './model/latency.ts';

/** The figures of a histogram, and the histogram itself. */
export function latencyResultOf(histogram: Histogram | undefined): LatencyResult {
  const summary = summarizeLatency(histogram);
  return {
    count: summary?.count ?? 0,
    min_ms: summary?.minMs ?? null,
    avg_ms: summary?.avgMs ?? null,
    p50_ms: summary?.p50Ms ?? null,
    p90_ms: summary?.p90Ms ?? null,
    p95_ms: summary?.p95Ms ?? null,
    p99_ms: summary?.p99Ms ?? null,
    p999_ms: summary?.p999Ms ?? null,
    max_ms: summary?.maxMs ?? null,
    histogram: histogram === undefined || summary === undefined ? null : encodeHistogram(histogram),
  };
}

/** HdrHistogram's V2 compressed form, base64: what its plotters and other languages read. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** Reads {@link encodeHistogram}'s form. @throws when the text is malformed. */
export function decodeHistogram(encoded: string): Histogram {
  return decodeFromCompressedBase64(encoded);
}
