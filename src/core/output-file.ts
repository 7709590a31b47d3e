import { randomUUID } from 'node:crypto';
import { constants, fstat, writeFile as writeFileTo } from 'node:fs';
import {
  access,
  type FileHandle,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from './errors.ts';

/** How long a write waits for a pipe's reader: to open the pipe, and then for each next piece. */
export const pipeReaderWaitMs = 10_000;

export interface OutputOptions {
  /** Ends the wait for a pipe's reader. */
  readonly signal?: AbortSignal | undefined;
  /** Default {@link pipeReaderWaitMs}. */
  readonly readerWaitMs?: number;
}

/**
 * Finds out whether a file can be written, before an hour is spent on what goes into it. Leaves
 * nothing behind, and does not open a pipe: its reader would take that for all there is.
 * @throws the system's error, or an Error that says what is in the way.
 */
export async function checkOutputWritable(path: string): Promise<void> {
  const target = await destinationOf(path);
  switch (target.kind) {
    case 'file': {
      const probe = temporaryName(target.path);
      await (await open(probe, 'wx')).close();
      await rm(probe);
      return;
    }
    case 'stream':
      await access(target.path, constants.W_OK);
      return;
    case 'descriptor':
      await fstatOf(target.fd);
  }
}

/**
 * Writes a whole file: all of it, or nothing and the file that was there stays. Links are followed and
 * stay; a device, a pipe and a descriptor of this process (`/dev/stdout`) are written to as they are.
 * @throws the system's error, or an Error that says what is in the way.
 */
export async function writeOutputFile(
  path: string,
  content: string | Uint8Array,
  options: OutputOptions = {},
): Promise<void> {
  const target = await destinationOf(path);
  switch (target.kind) {
    case 'file':
      return await replaceFile(target.path, content);
    case 'stream':
      return await writeToStream(target.path, Buffer.from(content), options);
    case 'descriptor':
      return await writeToDescriptor(target.fd, content, options);
  }
}

type Destination =
  /** A file, or none yet: it is replaced at once by a whole one. */
  | { readonly kind: 'file'; readonly path: string }
  /** A pipe or a device. */
  | { readonly kind: 'stream'; readonly path: string }
  /** A file that this process has open: to open it again would write over what was written to it. */
  | { readonly kind: 'descriptor'; readonly fd: number };

/** More links than this are a circle; Linux has the same bound. */
const linksMax = 40;

async function destinationOf(path: string): Promise<Destination> {
  let current = resolve(path);
  for (let links = 0; links <= linksMax; links += 1) {
    const dir = await realpath(dirname(current));
    current = join(dir, basename(current));
    const fd = ownDescriptor(current);
    if (fd !== undefined) return { kind: 'descriptor', fd };
    const linked = await readlink(current).catch(() => undefined);
    if (linked === undefined) return await destinationAt(current);
    if (/^\/proc\/\d+\/fd\//.test(current)) return { kind: 'stream', path: current };
    current = resolve(dir, linked);
  }
  throw new Error('too many links');
}

async function destinationAt(path: string): Promise<Destination> {
  const stats = await stat(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (stats?.isDirectory() === true) throw new Error('it is a directory');
  if (stats?.isSocket() === true) throw new Error('it is a socket');
  return { kind: stats === undefined || stats.isFile() ? 'file' : 'stream', path };
}

/** The descriptor of this process that a path without links names. */
function ownDescriptor(path: string): number | undefined {
  const [, pid, ofProcess, ofDevice] =
    /^(?:\/proc\/(self|\d+)\/fd\/(\d+)|\/dev\/fd\/(\d+))$/.exec(path) ?? [];
  if (ofDevice !== undefined) return Number(ofDevice);
  return pid === 'self' || pid === String(process.pid) ? Number(ofProcess) : undefined;
}

async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
}

/**
 * Never blocks: a thread that waits in the kernel for a pipe's reader could not be ended, and the
 * process would not end without it.
 */
async function writeToStream(
  path: string,
  content: Uint8Array,
  { signal, readerWaitMs = pipeReaderWaitMs }: OutputOptions,
): Promise<void> {
  const wait = readerWait(readerWaitMs, signal);
  const handle = await wait('ENXIO', () => open(path, constants.O_WRONLY | constants.O_NONBLOCK));
  try {
    for (let offset = 0; offset < content.length; ) {
      offset += await wait('EAGAIN', () => writeSome(handle, content, offset));
    }
  } finally {
    await handle.close();
  }
}

async function writeSome(handle: FileHandle, content: Uint8Array, offset: number): Promise<number> {
  return (await handle.write(content, offset, content.length - offset, null)).bytesWritten;
}

/** Attempts something again for as long as the code says that the reader is not there, or not ready. */
function readerWait(
  waitMs: number,
  signal: AbortSignal | undefined,
): <T>(code: 'ENXIO' | 'EAGAIN', attempt: () => Promise<T>) => Promise<T> {
  return async (code, attempt) => {
    const deadlineMs = performance.now() + waitMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (systemCodeOf(error) !== code) throw error;
      }
      if (performance.now() >= deadlineMs) {
        throw new Error(`it is a pipe that nobody has read for ${waitMs / 1000} s`);
      }
      await sleep(20, undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw new Error('interrupted while it waited for somebody to read the pipe');
      });
    }
  };
}

/** In order with what this process writes there itself. */
async function writeToDescriptor(
  fd: number,
  content: string | Uint8Array,
  options: OutputOptions,
): Promise<void> {
  const stream = fd === 1 ? process.stdout : fd === 2 ? process.stderr : undefined;
  if (stream === undefined) {
    if ((await fstatOf(fd)).isFile()) return await writeAtPosition(fd, content);
    return await writeToStream(`/dev/fd/${fd}`, Buffer.from(content), options);
  }
  await new Promise<void>((done, failed) => {
    stream.write(content, (error) => (error ? failed(error) : done()));
  });
}

const fstatOf = promisify(fstat);
const writeAtPosition = promisify(writeFileTo);
