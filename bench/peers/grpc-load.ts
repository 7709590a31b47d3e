import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowContext, Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import type { SpawnedServer } from '../framework/spawned.ts';

/** What programs/grpc-load.ts does over and over. */
export interface LoadJob {
  readonly port: number;
  readonly connections: number;
  /** Under way at once on each connection. */
  readonly calls: number;
  readonly work: /** Calls of one method: its request, one frame, in turn from these (base64). */
    | { readonly kind: 'grpc'; readonly path: string; readonly frames: readonly string[] }
    /** ByteStream.Write, or PUT of /cas, of a blob that was never there before. */
    | { readonly kind: 'grpc-write'; readonly sizeBytes: number }
    | { readonly kind: 'http-put'; readonly sizeBytes: number };
}

/** What it prints. */
export interface LoadReport {
  readonly succeeded: number;
  readonly failed: number;
  readonly answerBytes: number;
  readonly tookMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Makes a load that can be driven at a server, round after round, from a process of its own. */
export async function prepareLoad(
  context: RowContext,
  name: string,
  job: LoadJob,
): Promise<(server: SpawnedServer, seconds: number) => Promise<Sample>> {
  const file = join(context.dir, `${name}.json`);
  await writeFile(file, JSON.stringify(job));
  const program = join(import.meta.dirname, 'programs', 'grpc-load.ts');
  return async (server, seconds) => {
    const cpuBefore = server.tree.cpuUs();
    const { stdout, cpuUs } = await runCommand(
      process.execPath,
      ['--import', 'tsx', program, file, String(seconds)],
      { deadlineMs: (seconds + 30) * 1000 },
    );
    const report: LoadReport = JSON.parse(stdout);
    return {
      opsPerSec: (report.succeeded / report.tookMs) * 1000,
      bytesPerSec: (report.answerBytes / report.tookMs) * 1000,
      p50Ms: report.p50Us / 1000,
      p99Ms: report.p99Us / 1000,
      cpuUsPerOp: (server.tree.cpuUs() - cpuBefore) / report.succeeded,
      clientCpuUsPerOp: cpuUs / report.succeeded,
      errors: report.failed,
    };
  };
}
