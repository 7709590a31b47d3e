import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread on a module that {@link siblingModule} named: as it is where it is JavaScript, and
 * under tsx in a checkout, since Node 20 runs no TypeScript and tsx does not reach into threads.
 */
export function startModuleWorker(entry: URL, options: WorkerOptions = {}): Worker {
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry, options);
  return new Worker(sourceLoader, {
    ...options,
    eval: true,
    env: {
      ...process.env,
      MEMOBUILD_WORKER_ENTRY: entry.href,
      MEMOBUILD_TSX: import.meta.resolve('tsx/esm/api'),
    },
  });
}

const sourceLoader = `
const { env } = process;
import(env.MEMOBUILD_TSX).then(({ register }) => {
  register();
  return import(env.MEMOBUILD_WORKER_ENTRY);
});`;
