import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endProcess } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import { programPath } from './program.ts';
import { tempDir } from './temp-dir.ts';

/**
 * Starts `memobuild serve` on a free port of the loopback over a temporary store, and answers when
 * it listens. It is ended when the test ends.
 * @throws when it exits, or says nothing, before it listens; with what it wrote to stderr.
 */
export async function startServer(t: Cleanup, options: ServerOptions = {}): Promise<RunningServer> {
  const dir = options.dir ?? (await tempDir(t));
  const args = ['serve', '--port', '0', '--dir', dir, ...(options.args ?? [])];
  const child = spawn(process.execPath, [programPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Tests leave pooled connections behind, for which a server that ends would wait.
    env: { MEMOBUILD_DRAIN_WINDOW: '0', ...process.env, ...options.env },
  });
  t.after(() => endProcess(child));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-stderrCharsMax);
  });
  const url = await listeningUrl(child, options.startTimeoutMs ?? 30_000, () => stderr);
  return {
    url,
    port: Number(new URL(url).port),
    dir,
    child,
    stderr: () => stderr,
    stop: () => endProcess(child),
  };
}

export interface ServerOptions {
  /** Further arguments to `memobuild serve`. */
  readonly args?: readonly string[];
  /** The store's directory. Default: a temporary one. */
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly startTimeoutMs?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr so far. */
  stderr(): string;
  stop(): Promise<void>;
}

const stderrCharsMax = 64 * 1024;
const listening = /^memobuild listening on (https?:\/\/\S+?)\/?$/;

function listeningUrl(
  child: ChildProcess,
  timeoutMs: number,
  stderr: () => string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`memobuild serve ${what}\n${stderr()}`));
    };
    const timer = setTimeout(() => fail(`was not listening after ${timeoutMs} ms`), timeoutMs);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended with ${code ?? signal} before it listened`));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const url = listening.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
