import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { basename } from 'node:path';
import { marksVariable, startReaper, withMark } from './reaper/marked-processes.mjs';

/**
 * The environment for a process that a test starts: it and whatever it starts in turn are gone a few
 * seconds after this process has ended, even when this one is killed in the middle of a test. Known
 * to work on Linux only; elsewhere a test that is cut off leaves its processes behind.
 */
export function boundEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (!isBound) bindThisProcess();
  return { ...env, [marksVariable]: process.env[marksVariable] };
}

let isBound = false;

function bindThisProcess(): void {
  isBound = true;
  // A report of what was left says by the mark which test left it.
  const mark = `${basename(process.argv[1] ?? 'test')}-${randomUUID()}`;
  const reaper = startReaper(mark);
  // It is there for as long as this process, and this process must not be there for it.
  reaper.unref();
  (reaper.stdin as Socket).unref();
  Object.assign(process.env, withMark(process.env, mark));
}
