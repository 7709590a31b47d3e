import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { endProcess } from '../../src/testing/child-process.ts';
import { OutputLines } from '../../src/testing/output-lines.ts';
import type { Contender, Row, RowContext } from '../framework/row.ts';
import { median } from '../framework/summary.ts';

/** How long the program takes before it does anything, beyond what Node takes by itself. */
export const start: readonly Row[] = [
  {
    name: 'start',
    title: 'From the start of the process, beyond `node -e 0` of the same moment',
    target: 9,
    tools: [],
    columns: ['startMs'],
    contenders: [
      {
        name: 'node -e 0, by itself',
        role: 'peer',
        prepare: async () => timed(ended(['-e', '0'])),
      },
      beyondNode('memobuild --help', ({ checkout }) => ended([checkout.program, '--help'])),
      beyondNode('memobuild serve, ready', ready),
    ],
    comparisons: [
      { ours: 'memobuild --help', metric: 'startMs', must: 60 },
      { ours: 'memobuild serve, ready', metric: 'startMs', must: 400 },
    ],
    notes: ['Each round is a median of runs, each with its own `node -e 0` just before it.'],
  },
];

type Run = () => Promise<number>;

function beyondNode(name: string, make: (context: RowContext) => Run): Contender {
  return {
    name,
    role: 'ours',
    prepare: async (context) => {
      const run = make(context);
      const bare = ended(['-e', '0']);
      return timed(async () => {
        const bareMs = await bare();
        return (await run()) - bareMs;
      });
    },
  };
}

function timed(run: Run): Awaited<ReturnType<Contender['prepare']>> {
  return {
    measure: async ({ seconds }) => {
      const untilMs = performance.now() + seconds * 1000;
      const took: number[] = [];
      do took.push(await run());
      while (performance.now() < untilMs);
      return { startMs: median(took) };
    },
  };
}

function ended(args: readonly string[]): Run {
  return async () => {
    const env = boundEnvironment();
    const startedMs = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
    const [code]: unknown[] = await once(child, 'exit');
    if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
    return performance.now() - startedMs;
  };
}

/** Until the line that says that it listens. The store is empty and new each time. */
function ready({ dir, checkout }: RowContext): Run {
  return async () => {
    const store = await mkdtemp(join(dir, 'store-'));
    const env = boundEnvironment();
    const startedMs = performance.now();
    const args = [checkout.program, 'serve', '--port', '0', '--dir', store];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await new OutputLines(child.stdout).first(/^memobuild listening /);
      return performance.now() - startedMs;
    } finally {
      await endProcess(child);
    }
  };
}
