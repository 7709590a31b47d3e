/**
 * One clock for all threads: performance.now() begins at another instant in each of them, the
 * machine's monotonic clock does not.
 */
export function sharedNowMs(): number {
  return performance.now() + offsetMs;
}

/** An instant of the shared clock as this thread's performance.now() says it. */
export function toLocalMs(sharedMs: number): number {
  return sharedMs - offsetMs;
}

const offsetMs = measureOffsetMs();

function measureOffsetMs(): number {
  const [secs, nanos] = process.hrtime();
  return secs * 1e3 + nanos / 1e6 - performance.now();
}
