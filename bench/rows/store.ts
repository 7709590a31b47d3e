import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender, Row } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';

const kib = 2 ** 10;
const sizeBytes = 64 * kib;
const inIndex = 'in the index';
const inFiles = 'a file each';

/** What programs/store-load.ts prints. */
export interface StoreReport {
  readonly operations: number;
  readonly tookMs: number;
  /** The memory of the process, which holds the store and its driver. */
  readonly cpuUs: number;
}

/** The embedded store without a server: whether bodies of 64 KiB are better off in the index. */
export const store: readonly Row[] = [storeRow('put'), storeRow('get')];

function storeRow(work: 'put' | 'get'): Row {
  return {
    name: `store-${work}-64k`,
    title: `The embedded store alone: ${work} of 64 KiB, 16 at once`,
    target: 3,
    tools: [],
    columns: ['opsPerSec', 'cpuUsPerOp'],
    contenders: [
      { name: inIndex, role: 'ours', prepare: loadOf(work, sizeBytes) },
      { name: inFiles, role: 'peer', prepare: loadOf(work, 4 * kib) },
    ],
    comparisons: [{ ours: inIndex, metric: 'cpuUsPerOp', against: inFiles, must: 1 }],
    notes: [
      'The store is full, and each put evicts; a get compares bytes and hash. The CPU is that of the one process, which holds the store and what drives it.',
    ],
  };
}

function loadOf(work: 'put' | 'get', inlineBytesMax: number): Contender['prepare'] {
  const program = join(import.meta.dirname, '..', 'peers', 'programs', 'store-load.ts');
  return async ({ dir, checkout }) => ({
    // Each turn is a process with a store of its own.
    startsAfresh: true,
    measure: async ({ seconds }) => {
      const storeDir = await mkdtemp(join(dir, 'store-'));
      const numbers = [sizeBytes, inlineBytesMax, seconds].map(String);
      const { stdout } = await runCommand(
        process.execPath,
        ['--import', 'tsx', program, checkout.dir, storeDir, work, ...numbers],
        { deadlineMs: (seconds + 120) * 1000 },
      );
      const report: StoreReport = JSON.parse(stdout);
      return {
        opsPerSec: (report.operations / report.tookMs) * 1000,
        cpuUsPerOp: report.cpuUs / report.operations,
      };
    },
  });
}
