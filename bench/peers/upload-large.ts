import { join } from 'node:path';
import type { Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import type { SpawnedServer } from '../framework/spawned.ts';

/** PUTs large bodies from a process of its own for about so long, and counts those acknowledged. */
export async function uploadLarge(
  server: SpawnedServer,
  options: { readonly connections: number; readonly sizeBytes: number; readonly seconds: number },
): Promise<Sample> {
  const { connections, sizeBytes, seconds } = options;
  const program = join(import.meta.dirname, 'programs', 'upload-large.ts');
  const cpuBefore = server.tree.cpuUs();
  const { stdout, cpuUs } = await runCommand(
    process.execPath,
    ['--import', 'tsx', program, ...[server.port, connections, sizeBytes, seconds].map(String)],
    { deadlineMs: (seconds + 60) * 1000 },
  );
  const report: UploadReport = JSON.parse(stdout);
  return {
    opsPerSec: (report.acknowledged / report.tookMs) * 1000,
    bytesPerSec: ((report.acknowledged * sizeBytes) / report.tookMs) * 1000,
    cpuUsPerOp: (server.tree.cpuUs() - cpuBefore) / report.acknowledged,
    clientCpuUsPerOp: cpuUs / report.acknowledged,
    errors: report.refused,
  };
}

/** What programs/upload-large.ts prints. */
export interface UploadReport {
  readonly acknowledged: number;
  /** Answered with another status than 200, 201 or 204. */
  readonly refused: number;
  readonly tookMs: number;
}
