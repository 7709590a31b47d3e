import { randomBytes } from 'node:crypto';
import { open, stat, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { memobuildVersion, messageOf, systemCodeOf } from '../../core/index.ts';
import { type TraceHeader, traceFormatVersion } from '../../core/trace/index.ts';
import type { TraceSettings } from './trace-recorder.ts';

/** A trace's file cannot be made. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError';
}

/**
 * Makes a trace's file with its header, for the owner alone to read. Never takes a file that exists.
 * @throws {TraceFileError}
 */
export async function createTrace(options: {
  readonly path: string;
  readonly sizeBytesMax: number;
}): Promise<TraceSettings> {
  const path = resolve(options.path);
  const header: TraceHeader = {
    trace: 'memobuild',
    version: traceFormatVersion,
    startedAtMs: Date.now(),
    software: memobuildVersion,
  };
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.write(`${JSON.stringify(header)}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    const why =
      systemCodeOf(error) === 'EEXIST'
        ? 'already exists, and a trace is never overwritten: name another file, or move this one away'
        : messageOf(error);
    throw new TraceFileError(`--record ${options.path}: ${why}`, { cause: error });
  }
  return {
    path,
    sizeBytesMax: options.sizeBytesMax,
    startedAtMs: header.startedAtMs,
    secret: randomBytes(32).toString('hex'),
  };
}

/** Removes the file of a trace into which nothing was recorded, because the server did not start. */
export async function discardTrace({ path }: TraceSettings): Promise<void> {
  try {
    if ((await stat(path)).size <= headerBytesMax) await unlink(path);
  } catch {
    // It stays; it holds nothing but a header.
  }
}

const headerBytesMax = 300;
