import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type ListenerScheme,
  listeningLinePattern,
  makeTemporaryDirectory,
} from '../../core/index.ts';
import { LoadTestError, namingMachineErrors } from '../errors.ts';

/**
 * Starts `memobuild serve` on a free port of the loopback, in its own process, over a temporary
 * store. Both are gone after `stop()`, and also when this process ends before.
 * @throws {LoadTestError} `no_target` when it does not start to listen, with its message;
 *   `interrupted` when the signal aborts before; `machine` without a temporary directory.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<RunningTarget> {
  const { serveArgs } = options;
  const program = options.program ?? ownProgram();
  const dir =
    options.dir ??
    (await namingMachineErrors(async () => makeTemporaryDirectory('memobuild-loadtest-')));
  const args = [program, 'serve', '--port', '0', '--dir', join(dir, 'store'), ...serveArgs];
  // A process group of its own would outlive Ctrl-C; in ours, it must not die of it before us.
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: foreignEnvironment(),
  });
  const stderr = tailOf(child);
  const release = onSuddenEnd(() => {
    signalTree(child, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  const stop = async (): Promise<void> => {
    await end(child);
    release();
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    const urls = await listeningUrls(child, stderr, options);
    return { ...urls, pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface EmbeddedServerOptions {
  /** Further arguments to `memobuild serve`. */
  readonly serveArgs: readonly string[];
  /**
   * A temporary directory for the store. `stop()` leaves it, so that another server can be started
   * over it. It is gone when this process ends before `stop()`. Default: one that `stop()` removes.
   */
  readonly dir?: string | undefined;
  /** Another program than this package's own. */
  readonly program?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The scheme of the listener to wait for. Default `http`. */
  readonly scheme?: 'http' | ListenerScheme;
}

/** A server that a run started. */
export interface RunningTarget {
  /** The URL of its HTTP listener. */
  readonly url: string;
  /** The URL of the listener that was waited for. */
  readonly protocolUrl: string;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

function ownProgram(): string {
  return fileURLToPath(new URL('../../../bin/memobuild.js', import.meta.url));
}

/** Settings in our environment are for the user's own server: tokens, limits, a port. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('MEMOBUILD_'));
  return Object.fromEntries(entries);
}

/** How long it may take to listen, and to end after SIGTERM. */
const startTimeoutMs = 30_000;
const stopTimeoutMs = 3_000;
const stderrCharsMax = 8 * 1024;
const listening = listeningLinePattern();

function tailOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-stderrCharsMax);
  });
  return () => text.trim();
}

/** Resolves when the HTTP side listens and, if it is another, the one that is waited for. */
function listeningUrls(
  child: ChildProcess,
  stderr: () => string,
  { signal, scheme = 'http' }: EmbeddedServerOptions,
): Promise<{ readonly url: string; readonly protocolUrl: string }> {
  const urls = new Map<string, string>();
  return new Promise((resolve, reject) => {
    const interrupt = (): void => {
      settle();
      reject(new LoadTestError('interrupted', 'interrupted before the server listened'));
    };
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
    };
    const fail = (what: string): void => {
      settle();
      const said = stderr();
      const message = `the embedded cache server ${what}${said === '' ? '' : `; it said:\n${said}`}`;
      reject(new LoadTestError('no_target', message));
    };
    const timer = setTimeout(
      () => fail(`did not listen within ${startTimeoutMs / 1000} s`),
      startTimeoutMs,
    );
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true });
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended (${signal ?? code}) before it listened`));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const heard = listening.exec(line)?.[1];
      if (heard === undefined) return;
      urls.set(heard.slice(0, heard.indexOf(':')), heard);
      const url = urls.get('http') ?? urls.get('https');
      const protocolUrl = scheme === 'http' ? url : urls.get(scheme);
      if (url === undefined || protocolUrl === undefined) return;
      settle();
      resolve({ url, protocolUrl });
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalTree(child, 'SIGTERM');
  const timer = setTimeout(() => signalTree(child, 'SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

/**
 * Runs `undo` when this process ends by itself, or by a signal that nobody else here deals with.
 * @returns what takes it back.
 */
function onSuddenEnd(undo: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    // Another listener will end the run in order, and the server with it.
    if (process.listenerCount(signal) > 1) return;
    release();
    undo();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    process.removeListener('exit', undo);
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  process.once('exit', undo);
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}

/** Reaches the server's own workers too: it leads a process group. */
function signalTree(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
