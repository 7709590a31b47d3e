import type { RunWindow } from '../loadtest/comparison/run-windows.ts';

/** A window of a second in which all clients were sending and every operation succeeded, each a hit. */
export function buildRunWindow(
  successful: number,
  latencies: RunWindow['latencies'],
  change: Partial<RunWindow> = {},
): RunWindow {
  return {
    durationMs: 1000,
    sendingMs: 1000,
    sendingSuccessful: successful,
    total: successful,
    successful,
    hits: successful,
    misses: 0,
    latencies,
    memoryBytes: undefined,
    ...change,
  };
}
