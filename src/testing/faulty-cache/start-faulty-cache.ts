import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boundEnvironment } from '../bound-environment.ts';
import { endProcess } from '../child-process.ts';
import type { Cleanup } from '../cleanup.ts';
import { tempDir } from '../temp-dir.ts';
import type { Reply, Request } from './child.ts';
import type { Fault, FaultyCacheCounts } from './faults.ts';

/**
 * Starts a cache that does wrong what `faults` say, in a process of its own, on a free port of the
 * loopback. It is ended when the test ends.
 */
export async function startFaultyCache(
  t: Cleanup,
  faults: readonly Fault[],
  { seed = 1 }: { readonly seed?: number } = {},
): Promise<FaultyCache> {
  const lastCountsPath = join(await tempDir(t), 'counts.json');
  const child = fork(join(import.meta.dirname, 'child.ts'), {
    execArgv: ['--import', 'tsx'],
    env: boundEnvironment(),
  });
  t.after(() => endProcess(child));
  const listening = await ask(child, { ask: 'start', faults, seed, lastCountsPath });
  if (listening === 'gone' || listening.reply !== 'listening')
    throw new Error('the faulty cache did not listen');
  return {
    url: `http://127.0.0.1:${listening.port}`,
    hasDied: () => child.exitCode !== null || child.signalCode !== null,
    counts: async () => {
      const answer = await ask(child, { ask: 'counts' });
      // One that killed itself wrote its last counts down before.
      if (answer === 'gone') return JSON.parse(await readFile(lastCountsPath, 'utf8'));
      if (answer.reply !== 'counts') throw new Error('the faulty cache did not count');
      return answer.counts;
    },
  };
}

export interface FaultyCache {
  readonly url: string;
  hasDied(): boolean;
  /** What was asked and what was done wrong so far; of a cache that died, up to its death. */
  counts(): Promise<FaultyCacheCounts>;
}

const answerTimeoutMs = 30_000;

function ask(child: ChildProcess, request: Request): Promise<Reply | 'gone'> {
  if (!child.connected) return Promise.resolve('gone');
  return new Promise((resolve, reject) => {
    const settle = (answer: Reply | 'gone' | Error): void => {
      clearTimeout(timer);
      child.off('message', settle).off('disconnect', gone);
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    };
    const gone = (): void => settle('gone');
    const timer = setTimeout(
      () => settle(new Error(`the faulty cache was silent for ${answerTimeoutMs} ms`)),
      answerTimeoutMs,
    );
    child.once('message', settle).once('disconnect', gone);
    // A channel that breaks under the message ends in `disconnect`.
    child.send(request, () => {});
  });
}
