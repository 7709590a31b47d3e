import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../statistics/random.ts';
import type { FaultEvent } from '../check/operation.ts';
import { type OwnNode, signalProcess, stopProcess } from './own-node.ts';
import type { Recorder } from './recorder.ts';

/** What a run can do to its servers. */
export const injectedFaults = ['kill', 'stop', 'reload'] as const;

export type InjectedFault = (typeof injectedFaults)[number];

/**
 * Harms one server after another until the signal aborts, and repairs the last before it resolves.
 * Where there is one server with several workers, most of the time a worker is the one that is hit.
 * @throws {LoadTestError} `no_target` for a server that does not start again.
 */
export async function injectFaults(options: {
  readonly nodes: readonly OwnNode[];
  readonly kinds: readonly InjectedFault[];
  readonly random: Random;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  readonly onFault?: ((fault: FaultEvent) => void) | undefined;
}): Promise<void> {
  const { nodes, kinds, random, recorder, signal, onFault } = options;
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  if (kinds.length === 0) return;
  for (;;) {
    const gapMs = gapMinMs + random() * (gapMaxMs - gapMinMs);
    await delay(gapMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const node = pick(nodes)!;
    const kind = pick(kinds)!;
    const fromMs = recorder.nowMs();
    const what = await faults[kind]({ node, isAlone: nodes.length === 1, random, pick, signal });
    const fault = { kind, fromMs, untilMs: recorder.nowMs(), what };
    recorder.faults.push(fault);
    onFault?.(fault);
  }
}

interface FaultContext {
  readonly node: OwnNode;
  readonly isAlone: boolean;
  readonly random: Random;
  readonly pick: <T>(list: readonly T[]) => T | undefined;
  readonly signal: AbortSignal;
}

const faults: Readonly<Record<InjectedFault, (context: FaultContext) => Promise<string>>> = {
  kill: async (context) => {
    const { node } = context;
    const worker = await pickWorker(context);
    if (worker !== undefined) {
      signalProcess(worker, 'SIGKILL');
      return `killed worker ${worker} of ${node.name}`;
    }
    await node.killAndRestart();
    return `killed ${node.name} and started it again`;
  },
  stop: async (context) => {
    const { node, random, signal } = context;
    const forMs = stopMinMs + random() * (stopMaxMs - stopMinMs);
    const text = `${(forMs / 1000).toFixed(1)} s`;
    const worker = await pickWorker(context);
    if (worker === undefined) {
      await node.stopFor(forMs, signal);
      return `stopped ${node.name} for ${text}`;
    }
    await stopProcess(worker, forMs, signal);
    return `stopped worker ${worker} of ${node.name} for ${text}`;
  },
  reload: async ({ node, signal }) => {
    node.reload();
    // The old workers go while the new ones serve.
    await delay(reloadMs, undefined, { signal }).catch(() => {});
    return `reloaded ${node.name}`;
  },
};

/** A worker to be hit; none where all of the server is. */
async function pickWorker({ node, isAlone, random, pick }: FaultContext) {
  return isAlone && random() < workerShare ? pick(await node.workers()) : undefined;
}

const gapMinMs = 300;
const gapMaxMs = 1_200;
const stopMinMs = 200;
const stopMaxMs = 2_000;
const reloadMs = 1_000;
/** The share of faults that hit one worker of a server that is alone, and not all of it. */
const workerShare = 0.7;
