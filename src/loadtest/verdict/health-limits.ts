/** Limits of the generator's own health. */
export const healthLimits = {
  /** P99 of how late operations were sent: the larger of this and a tenth of the response P99. */
  sendLagMs: 5,
  sendLagShareOfP99: 0.1,
  /** An event loop that is later than this is busy, and noted. */
  loopDelayMs: 20,
  /** Seconds with a late event loop that are put down to chance: one, or a tenth of all. */
  loopDelaySecondsShare: 0.1,
  /** A generator that stalled for longer failed in that second. */
  stallMs: 100,
  /** CPU of the generator, per worker, 1 = a core. */
  cpuPerWorker: 0.95,
  openFilesShare: 0.8,
  /** How many times slower or faster the calibration may be afterwards. */
  calibrationNoted: 1.3,
  /** Share of the machine's CPU that its hypervisor took; more in a second is a failed second. */
  steal: 0.1,
  /** Share of the machine's CPU that neither the generator nor the target used. */
  otherCpu: 0.25,
} as const;
