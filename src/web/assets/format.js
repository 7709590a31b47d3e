/** Figures for a reader, as the command line writes them. */

export const nothing = '–';

export function count(value) {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

export function figure(value) {
  if (value === null || value === undefined) return nothing;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** Never rounds up to 100 or down to 0 what is not quite that. */
export function percent(value) {
  if (value === null || value === undefined) return nothing;
  if (value > 99.9 && value < 100) return '> 99.9 %';
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value.toLocaleString('en', { maximumFractionDigits: 1 })} %`;
}

export function latency(ms) {
  if (ms === null || ms === undefined) return nothing;
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** For an axis: no digits that a tick does not need. */
export function shortLatency(ms) {
  return latency(ms)
    .replace(/\.0+(?= )/, '')
    .replace(/(\.\d*?)0+(?= )/, '$1');
}

export function size(bytes) {
  if (bytes === null || bytes === undefined) return nothing;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (unit === 0) return `${Math.round(value)} B`;
  return `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

export function shortSize(bytes) {
  return size(bytes).replace(/\.0+(?= )/, '');
}

export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Time on a run's axis. */
export function clock(ms) {
  const seconds = Math.round(ms / 1000);
  if (ms < 10_000) return `${figure(ms / 1000)} s`;
  if (seconds < 180) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
