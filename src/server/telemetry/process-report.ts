import { readFileSync } from 'node:fs';
import type { LookupCounts, ProcessStats } from '../../core/index.ts';
import type { Counters } from './counters.ts';
import type { Telemetry } from './telemetry.ts';

/** One process's report. */
export interface ProcessReport extends ProcessStats {
  readonly counters: Counters;
}

/** Reports the calling process. */
export function reportProcess(
  role: ProcessReport['role'],
  counters: Counters,
  now: Pick<ProcessStats, 'connectionsOpen' | 'requestsInFlight'>,
): ProcessReport {
  const cpu = process.cpuUsage();
  const rssBytes = process.memoryUsage.rss();
  return {
    pid: process.pid,
    role,
    uptimeMs: Math.round(process.uptime() * 1000),
    rssBytes,
    privateBytes: privateBytes() ?? rssBytes,
    cpuMs: Math.round((cpu.user + cpu.system) / 1000),
    connectionsOpen: now.connectionsOpen,
    requestsInFlight: now.requestsInFlight,
    counters,
  };
}

/** Reports a worker. */
export function reportWorker(
  telemetry: Telemetry,
  lookups: readonly LookupCounts[],
): ProcessReport {
  return reportProcess('worker', telemetry.counters(lookups), telemetry);
}

/** `RssAnon` of /proc/self/status; `undefined` where the system has no such file. */
function privateBytes(): number | undefined {
  try {
    const match = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}
