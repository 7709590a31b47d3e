import { type ChildProcess, execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';

/**
 * Runs a program to its end and answers what it printed and what CPU it took, all its threads and
 * children. @throws when it fails or outlives the deadline.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  {
    deadlineMs,
    okCodes = [0],
  }: { readonly deadlineMs: number; readonly okCodes?: readonly number[] },
): Promise<CommandResult> {
  const cpuBefore = cpuOfEndedChildrenUs();
  const startedMs = performance.now();
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>(
    (resolve, reject) => {
      const options = {
        timeout: deadlineMs,
        killSignal: 'SIGKILL',
        env: boundEnvironment(),
        maxBuffer: 64 * 2 ** 20,
      } as const;
      const child = execFile(command, args, options, (error, stdout, stderr) => {
        running.delete(child);
        const code = error === null ? 0 : child.exitCode;
        if (code !== null && okCodes.includes(code)) resolve({ stdout, stderr });
        else
          reject(new Error(`${command} ${args.join(' ')}: ${error?.message}\n${stdout}${stderr}`));
      });
      running.add(child);
    },
  );
  return {
    stdout,
    stderr,
    tookMs: performance.now() - startedMs,
    cpuUs: cpuOfEndedChildrenUs() - cpuBefore,
  };
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** Right as long as no other child of this process ends meanwhile. In steps of 10 ms. */
  readonly cpuUs: number;
}

/** Ends every command that runs: for a benchmark that is interrupted. */
export function killRunningCommands(): void {
  for (const child of running) child.kill('SIGKILL');
}

const running = new Set<ChildProcess>();

/** proc(5): cutime and cstime, fields 16 and 17, of this process. The kernel counts a child's at its end. */
function cpuOfEndedChildrenUs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}
