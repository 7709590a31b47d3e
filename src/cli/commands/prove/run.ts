import {
  checkResultWritable,
  type History,
  type HistoryVerdict,
  judgeHistory,
  readHistoryFile,
  runHistory,
  writeHistoryFile,
} from '../../../loadtest/internal.ts';
import { renderHistoryVerdict } from '../../../report/index.ts';
import { type ExitCode, exitCodeOfVerdict } from '../../shared/exit-codes.ts';
import { orCommandError } from '../../shared/load-test-errors.ts';
import { withRunFrame } from '../../shared/run-frame.ts';
import { styleFor } from '../../shared/screen.ts';
import type { CheckPlan, HistoryPlan } from './plan.ts';

/** Records a history, checks it, prints the verdict and returns the exit code. */
export async function proveHistory({ config, output, quiet }: HistoryPlan): Promise<ExitCode> {
  if (output !== undefined) await orCommandError(checkResultWritable(output));
  return await withRunFrame({ quiet }, async ({ screen, signal }) => {
    const say = (text: string): void => {
      if (!quiet) screen.note(text);
    };
    const history = await runHistory(config, {
      signal,
      onStart: (nodes) =>
        say(
          `${config.clients} clients for ${config.durationMs / 1000} s on ${nodes.join(', ')}, seed ${config.seed}`,
        ),
      onFault: ({ fromMs, what }) => say(`${(fromMs / 1000).toFixed(1).padStart(6)} s  ${what}`),
    });
    const judged = judgeHistory(history);
    if (output !== undefined) await writeHistoryFile(output, history, judged);
    if (output !== undefined) say(`Written to ${output}`);
    return deliver(history, judged);
  });
}

/** Checks a recorded history again. */
export async function checkFile(
  file: string,
  { failoversAtMs, losableMs }: CheckPlan,
): Promise<ExitCode> {
  const recorded = await orCommandError(readHistoryFile(file));
  const failovers = failoversAtMs.map((atMs) => {
    const ms = atMs - recorded.startedAtMs;
    return { kind: 'failover' as const, fromMs: ms, untilMs: ms, what: 'a failover of Redis' };
  });
  const history = { ...recorded, faults: [...recorded.faults, ...failovers] };
  return deliver(history, judgeHistory(history, { losableMs }));
}

function deliver({ nodes, keys, faults }: History, judged: HistoryVerdict): ExitCode {
  const summary = {
    nodes: nodes.length,
    keys: Object.keys(keys).length,
    faults: faults.length,
  };
  process.stdout.write(`${renderHistoryVerdict(judged, summary, styleFor(process.stdout))}\n`);
  return exitCodeOfVerdict(judged.verdict, { strict: false });
}
