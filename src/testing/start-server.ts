import type { ChildProcess } from 'node:child_process';
import { listeningLinePattern } from '../core/index.ts';
import { endProcess } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import type { OutputLines } from './output-lines.ts';
import { startMemobuild } from './start-memobuild.ts';
import { tempDir } from './temp-dir.ts';

/**
 * Starts `memobuild serve` on a free port of the loopback over a temporary store, and returns when
 * it listens. It is ended when the test ends.
 * @throws when it exits, or says nothing, before it listens; with what it wrote to stderr.
 */
export async function startServer(t: Cleanup, options: ServerOptions = {}): Promise<RunningServer> {
  const dir = options.dir ?? (await tempDir(t));
  const args = ['serve', '--port', '0', '--dir', dir, ...(options.args ?? [])];
  // Tests leave pooled connections behind, for which a server that ends would wait.
  const drainWindow = process.env.MEMOBUILD_DRAIN_WINDOW ?? '0';
  const { child, stdout, stderr } = startMemobuild(t, args, {
    env: { MEMOBUILD_DRAIN_WINDOW: drainWindow, ...options.env },
  });
  const stop = (): Promise<void> => endProcess(child);
  const [, url] = await stdout.first(listening).catch(async (cause) => {
    await stop();
    const how = child.exitCode ?? child.signalCode;
    const text = `memobuild serve did not listen and ended with ${how}\n${stderr.text()}`;
    throw new Error(text, { cause });
  });
  return {
    url: url!,
    port: Number(new URL(url!).port),
    dir,
    child,
    stdout,
    stderr: () => stderr.text(),
    stop,
  };
}

export interface ServerOptions {
  /** Further arguments to `memobuild serve`. */
  readonly args?: readonly string[];
  /** The store's directory. Default: a temporary one. */
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly child: ChildProcess;
  readonly stdout: OutputLines;
  /** What it wrote to stderr so far, of very much the end. */
  stderr(): string;
  stop(): Promise<void>;
}

const listening = listeningLinePattern('https?');
