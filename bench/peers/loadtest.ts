import type { Checkout } from '../framework/checkout.ts';
import type { Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';

/** The part of the result file that the rows read. */
interface LoadTestResult {
  readonly throughput_ops_per_sec: number;
  readonly operations: { readonly failed: number };
  readonly latency: {
    readonly p50_ms: number;
    readonly p99_ms: number;
    readonly by_series: { readonly send_lag?: { readonly p99_ms: number } };
  };
  readonly cache: { readonly hit_rate_percent: number };
  readonly generator: { readonly cpu_us_per_operation: number | null };
  readonly server: { readonly cpu_us_per_operation: number | null };
}

/**
 * Runs the `memobuild loadtest` of a checkout and reads its result. A verdict is not a failure of the
 * benchmark: FAIL and VOID have figures too.
 */
export async function runLoadTest(
  { program }: Checkout,
  flags: readonly string[],
  seconds: number,
): Promise<Sample> {
  const { stdout } = await runCommand(
    process.execPath,
    [program, 'loadtest', '--json', '--quiet', '--duration', String(seconds), ...flags],
    { deadlineMs: (seconds + 150) * 1000, okCodes: [0, 1, 3] },
  );
  if (!stdout.startsWith('{')) throw new Error(`loadtest ${flags.join(' ')}: no result`);
  const result: LoadTestResult = JSON.parse(stdout);
  const lagP99Ms = result.latency.by_series.send_lag?.p99_ms;
  const serverCpu = result.server.cpu_us_per_operation;
  const clientCpu = result.generator.cpu_us_per_operation;
  return {
    opsPerSec: result.throughput_ops_per_sec,
    p50Ms: result.latency.p50_ms,
    p99Ms: result.latency.p99_ms,
    errors: result.operations.failed,
    hitRate: result.cache.hit_rate_percent,
    ...(lagP99Ms === undefined ? {} : { lagP99Ms }),
    ...(serverCpu === null ? {} : { cpuUsPerOp: serverCpu }),
    ...(clientCpu === null ? {} : { clientCpuUsPerOp: clientCpu }),
  };
}
