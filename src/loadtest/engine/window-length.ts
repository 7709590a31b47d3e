/**
 * How long a window is: a second, or a thirtieth of a run shorter than 30 s; whole seconds more for
 * runs so long that their windows would be more than {@link windowsMax}.
 */
export function windowMsFor(durationSecs: number): number {
  if (durationSecs < 30) return (durationSecs * 1000) / 30;
  return Math.ceil(durationSecs / windowsMax) * 1000;
}

const windowsMax = 3600;
