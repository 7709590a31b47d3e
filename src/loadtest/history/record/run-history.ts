import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { memobuildVersion, withoutPasswords } from '../../../core/index.ts';
import { LoadTestError } from '../../errors.ts';
import { createRandom } from '../../statistics/random.ts';
import { DeadlineSweep } from '../../transport/shared/deadline-sweep.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import type { FaultEvent, History } from '../check/operation.ts';
import { type PlannedKey, planKeys } from '../values/planned-key.ts';
import { EvictionSampler } from './eviction-sampler.ts';
import { HistoryClient, type ReachedNode } from './history-client.ts';
import type { HistoryConfig } from './history-config.ts';
import { injectFaults } from './inject-faults.ts';
import { type OwnNodes, startOwnNodes } from './own-nodes.ts';
import { Recorder } from './recorder.ts';

export interface RunHistoryOptions {
  /** Ends the run early: the history so far is the answer. */
  readonly signal: AbortSignal;
  readonly onStart?: (nodes: readonly string[]) => void;
  readonly onFault?: (fault: FaultEvent) => void;
}

/**
 * Drives one cache with many clients, over all of its nodes, on keys that they share, while its
 * servers are harmed, and records what each client asked and learned. In the end every key is read
 * on every node. The servers that it started are stopped, whatever happens.
 * @throws {LoadTestError} `no_target`: a server does not start, or is not a cache; `interrupted`
 * before it began; `machine`.
 */
export async function runHistory(
  config: HistoryConfig,
  options: RunHistoryOptions,
): Promise<History> {
  const { system } = config;
  const run = randomBytes(4).toString('hex');
  if (system.kind === 'targets') {
    const nodes = system.endpoints.map((endpoint) => ({ endpoint }));
    return await record(config, options, { run, nodes, own: undefined });
  }
  const own = await startOwnNodes(system, { run, signal: options.signal });
  try {
    return await record(config, options, { run, nodes: own.nodes, own });
  } finally {
    await own.stop();
  }
}

interface Reached {
  readonly run: string;
  readonly nodes: readonly ReachedNode[];
  readonly own: OwnNodes | undefined;
}

async function record(
  config: HistoryConfig,
  options: RunHistoryOptions,
  reached: Reached,
): Promise<History> {
  const { seed } = config;
  const { run, nodes } = reached;
  const pool = new PayloadPool(createPoolMemory(seed));
  const keys = planKeys(pool, { ...config, run, count: config.keys });
  const recorder = new Recorder();
  const sweep = new DeadlineSweep();
  const sampler = new EvictionSampler(nodes, recorder);
  const shared = { ...config, run, nodes, keys, pool, recorder, sweep };
  const clients = Array.from(
    { length: config.clients },
    (_, n) => new HistoryClient(n + 1, { ...shared, random: createRandom(seed, n + 1) }),
  );
  const urls = nodes.map(({ endpoint }) => withoutPasswords(endpoint.url));
  try {
    await probe(clients[0]!, keys[0]!, urls);
    await sampler.sample();
    options.onStart?.(urls);
    await workAndHarm(config, options, { ...reached, clients, sampler, recorder });
    await readAll(clients, keys, nodes.length, options.signal);
    // The last misses need a count from after them.
    await sampler.sample();
  } finally {
    for (const client of clients) client.close();
    sampler.close();
    sweep.close();
  }
  return {
    startedAtMs: recorder.startedAtMs,
    software: memobuildVersion,
    seed,
    nodes: urls,
    plannedFaults: config.system.kind === 'own' ? config.system.faults : [],
    keys: Object.fromEntries(keys.map(({ name, kind }) => [name, kind])),
    operations: recorder.operations,
    evictions: sampler.samples,
    faults: recorder.faults,
    isInterrupted: options.signal.aborted,
  };
}

/** Each node has to answer that a fresh key has no entry. */
async function probe(
  client: HistoryClient,
  key: PlannedKey,
  urls: readonly string[],
): Promise<void> {
  for (const [node, url] of urls.entries()) {
    const read = await client.read(key, node);
    if (read.outcome === 'miss') continue;
    const why = 'why' in read ? read.why : 'it has a value for a key that was never written';
    throw new LoadTestError('no_target', `the target ${url} does not answer like a cache: ${why}`);
  }
}

interface Working extends Reached {
  readonly clients: readonly HistoryClient[];
  readonly sampler: EvictionSampler;
  readonly recorder: Recorder;
}

/** Clients, faults and samples at once, for the duration. The first error ends all three. */
async function workAndHarm(
  { durationMs, seed, system }: HistoryConfig,
  { signal, onFault }: RunHistoryOptions,
  { clients, sampler, recorder, own }: Working,
): Promise<void> {
  const failed = new AbortController();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), durationMs);
  const over = AbortSignal.any([signal, timeout.signal, failed.signal]);
  const work = clients.map((client) => client.work(over));
  // They end early where the history is full.
  void Promise.allSettled(work).then(() => timeout.abort());
  const jobs = [
    sampler.run(over),
    injectFaults({
      nodes: own?.nodes ?? [],
      kinds: system.kind === 'own' ? system.faults : [],
      random: createRandom(seed, 0),
      recorder,
      signal: over,
      onFault,
    }),
    ...work,
  ].map((job) =>
    job.catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const ended = await Promise.allSettled(jobs);
  clearTimeout(timer);
  const error = ended.find((job) => job.status === 'rejected');
  if (error !== undefined) throw error.reason;
}

/** Reads every key on every node, so that a loss at the end shows too. */
async function readAll(
  clients: readonly HistoryClient[],
  keys: readonly PlannedKey[],
  nodes: number,
  signal: AbortSignal,
): Promise<void> {
  const reads = keys.flatMap((key) => Array.from({ length: nodes }, (_, node) => ({ key, node })));
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (next < reads.length && !signal.aborted) {
        const { key, node } = reads[next++]!;
        for (let attempt = 1; attempt <= lastReadsMax && !signal.aborted; attempt += 1) {
          if ((await client.read(key, node)).outcome !== 'failed') break;
          await delay(lastReadPauseMs, undefined, { signal }).catch(() => {});
        }
      }
    }),
  );
}

/** A server that has just been repaired may need a moment. */
const lastReadsMax = 5;
const lastReadPauseMs = 300;
