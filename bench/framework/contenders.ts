import type { DataSet } from '../peers/data-set.ts';
import { proveServes, putAll } from '../peers/data-set.ts';
import type { Contender, PreparedContender, RowContext, Sample } from './row.ts';
import type { SpawnedServer } from './spawned.ts';
import { prepareWrk, type WrkLoad } from './wrk.ts';

/** A server that wrk drives. */
export function drivenByWrk(
  name: string,
  role: Contender['role'],
  options: {
    readonly start: (context: RowContext) => Promise<SpawnedServer>;
    readonly load: WrkLoad | (() => WrkLoad);
    /** Turns the figures of requests into those of what they asked for. */
    readonly refine?: (sample: Sample) => Sample;
  },
): Contender {
  return {
    name,
    role,
    prepare: async (context) => {
      const server = await options.start(context);
      const load = typeof options.load === 'function' ? options.load() : options.load;
      const drive = await prepareWrk(context, `${name.replaceAll(/\W+/g, '-')}`, load);
      return {
        measure: async ({ seconds }): Promise<Sample> => {
          const sample = await drive(server, seconds);
          return options.refine?.(sample) ?? sample;
        },
      };
    },
  };
}

/** Stores the data over HTTP and proves that it comes back. */
export async function filled(
  starting: Promise<SpawnedServer>,
  data: DataSet,
): Promise<SpawnedServer> {
  const server = await starting;
  await putAll(server.url, data);
  await proveServes(server.url, data);
  return server;
}

/** Proves that a server that was started with the data gives it back. */
export async function proven(
  starting: Promise<SpawnedServer>,
  data: DataSet,
): Promise<SpawnedServer> {
  const server = await starting;
  await proveServes(server.url, data);
  return server;
}

/** Adds the largest memory that the server's processes held meanwhile, beyond what they held before. */
export function withMemoryGrowth(
  server: SpawnedServer,
  measure: PreparedContender['measure'],
): PreparedContender['measure'] {
  return async (options) => {
    const before = server.tree.memoryMb();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, server.tree.memoryMb());
    }, 250);
    try {
      const sample = await measure(options);
      return { ...sample, memoryMb: most - before };
    } finally {
      clearInterval(timer);
    }
  };
}
