import { createHash } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender, Row, RowContext } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import { prepareWrk } from '../framework/wrk.ts';
import { exchange } from '../peers/data-set.ts';
import { startMemobuild } from '../peers/memobuild.ts';

/** Whether a store that has grown is still as fast, and starts as fast. */
export const growth: readonly Row[] = [
  growthRow('growth', [10_000, 1_000_000]),
  growthRow('growth-10m', [10_000, 10_000_000]),
];

function growthRow(name: string, [few, many]: readonly [number, number]): Row {
  const nameOf = (entries: number): string => `memobuild, ${entries.toLocaleString('en')} entries`;
  const [small, grown] = [nameOf(few), nameOf(many)];
  return {
    name,
    title: `Lookups in a store of ${many.toLocaleString('en')} entries, 50 connections, wrk`,
    target: 8,
    tools: ['wrk'],
    slow: true,
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'startMs', 'memoryMb', 'bytesPerEntry', 'errors'],
    contenders: [
      { name: small, role: 'peer', prepare: (context) => grownTo(context, few) },
      { name: grown, role: 'ours', prepare: (context) => grownTo(context, many) },
    ],
    comparisons: [
      { ours: grown, metric: 'p50Ms', against: small, must: 1.5 },
      { ours: grown, metric: 'startMs', must: 2000 },
      { ours: grown, metric: 'errors', must: 0 },
    ],
    notes: [
      'Entries of 100 bytes in the action cache, written past the server; 20,000 keys from all over the store are asked for in turn.',
      'Memory is what belongs to the server alone, without the pages of the index, which the kernel may take back; start is from the process to the first connection taken.',
    ],
  };
}

async function grownTo(context: RowContext, entries: number): ReturnType<Contender['prepare']> {
  const dir = join(context.dir, `store-${entries}`);
  await mkdir(dir);
  const fill = join(import.meta.dirname, '..', 'peers', 'programs', 'fill-store.ts');
  const fillArgs = ['--import', 'tsx', fill, context.checkout.dir, dir, String(entries)];
  await runCommand(process.execPath, fillArgs, {
    deadlineMs: 3_600_000,
  });
  const startedMs = performance.now();
  const server = await startMemobuild(context, dir);
  const startMs = performance.now() - startedMs;
  const paths = Array.from({ length: Math.min(entries, 20_000) }, (_, index) => {
    const at = Math.floor((index * entries) / Math.min(entries, 20_000));
    return `/ac/${createHash('sha256').update(`growth ${at}`).digest('hex')}`;
  });
  const { status, body } = await exchange(`${server.url}${paths.at(-1)}`, 'GET');
  if (status !== 200 || body.length !== 100) throw new Error(`the store was not filled: ${status}`);
  const bytesPerEntry = (await diskBytes(dir)) / entries;
  const drive = await prepareWrk(context, `growth-${entries}`, { connections: 50, paths });
  return {
    measure: async ({ seconds }) => ({
      ...(await drive(server, seconds)),
      startMs,
      memoryMb: server.tree.memoryMb(),
      bytesPerEntry,
    }),
  };
}

/** What the files take on the disk, holes not counted. */
async function diskBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir, { recursive: true })) {
    bytes += (await stat(join(dir, name))).blocks * 512;
  }
  return bytes;
}
