const numberForm = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a number as every flag, variable and file of the program takes it: decimal, `1.5` or `1e2`;
 * `undefined` for anything else, such as `0x10`, and for what is not finite.
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!numberForm.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

const sizeForm = /^(.*?)\s*(b|ki?|kb|kib|mi?|mb|mib|gi?|gb|gib|ti?|tb|tib)?$/i;
const sizeFactor: Record<string, number> = {
  b: 1,
  k: 2 ** 10,
  ki: 2 ** 10,
  kb: 1e3,
  kib: 2 ** 10,
  m: 2 ** 20,
  mi: 2 ** 20,
  mb: 1e6,
  mib: 2 ** 20,
  g: 2 ** 30,
  gi: 2 ** 30,
  gb: 1e9,
  gib: 2 ** 30,
  t: 2 ** 40,
  ti: 2 ** 40,
  tb: 1e12,
  tib: 2 ** 40,
};

/** Reads `10GiB`, `10Gi` (as Kubernetes writes it), `64k`, `1.5MB` or a plain number of bytes; `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  const [, amount = '', unit = 'b'] = sizeForm.exec(text.trim()) ?? [];
  const value = parseNumber(amount);
  if (value === undefined || value < 0) return undefined;
  const sizeBytes = Math.round(value * sizeFactor[unit.toLowerCase()]!);
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/** Writes bytes for a reader: `1.5 MiB`. */
export function formatSize(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = sizeBytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

const durationForm = /^(.*?)\s*(ms|s|m|h|d)?$/i;
const durationFactorMs: Record<string, number> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
};

/** Reads `500ms`, `30s`, `5m`, `2h`, `7d`, or a plain number of seconds; returns milliseconds. */
export function parseDuration(text: string): number | undefined {
  const [, amount = '', unit = 's'] = durationForm.exec(text.trim()) ?? [];
  const value = parseNumber(amount);
  return value === undefined || value < 0
    ? undefined
    : value * durationFactorMs[unit.toLowerCase()]!;
}

/** Writes a latency for a reader, three significant digits, from µs to s. */
export function formatLatency(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}
