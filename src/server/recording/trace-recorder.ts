import { createHmac } from 'node:crypto';
import type { Cache } from '../../cache/index.ts';
import type { Logger } from '../../core/index.ts';
import type { TraceEvent } from '../../core/trace/index.ts';
import { toolOf } from '../../protocols/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { type RecordedOperation, recordedCache } from './recorded-cache.ts';
import { TraceFile } from './trace-file.ts';

/** A trace that is being recorded: what every process of the server needs to write into it. */
export interface TraceSettings {
  readonly path: string;
  readonly sizeBytesMax: number;
  /** Milliseconds since the epoch: the header's. */
  readonly startedAtMs: number;
  /** Keys the hashes, hex. Lives in the memory of the server's processes only. */
  readonly secret: string;
}

/** One process's part of a recording. */
export interface TraceRecorder {
  /** The cache, told of under this protocol's name; a tool's namespace names the tool instead. */
  cacheFor(protocol: string): Cache;
  /** Writes what waits and ends this process's part. */
  close(): Promise<void>;
}

/**
 * Joins a recording. Where its file can't be opened, that is logged and the answer is `undefined`: a
 * server does not stay down for a trace.
 */
export async function joinTrace(
  settings: TraceSettings,
  cache: Cache,
  logger: Logger,
): Promise<TraceRecorder | undefined> {
  const { path, sizeBytesMax } = settings;
  let file: TraceFile;
  try {
    file = await TraceFile.open({ path, sizeBytesMax, worker: process.pid, logger });
  } catch (error) {
    logger.error({ err: error, trace: path }, 'this process records nothing, and serves');
    return undefined;
  }
  const lineOf = createLineWriter(settings, process.pid);
  return {
    cacheFor: (protocol) =>
      recordedCache(cache, (operation) => {
        if (file.isOpen) file.add(lineOf(operation, protocol));
      }),
    close: () => file.close(),
  };
}

/** Makes lines of operations, with nothing in them that a client said. */
export function createLineWriter(
  { secret, startedAtMs }: Pick<TraceSettings, 'secret' | 'startedAtMs'>,
  worker: number,
): (operation: RecordedOperation, protocol: string) => string {
  const namespaces = new Map<string, string>();
  const hash = (text: string, bytes: number): string =>
    createHmac('sha256', secret).update(text).digest().subarray(0, bytes).toString('base64url');
  const namespaceOf = (name: string): string => {
    let hashed = namespaces.get(name);
    if (hashed === undefined) {
      hashed = hash(`namespace\n${name}`, namespaceHashBytes);
      if (namespaces.size < namespacesMax) namespaces.set(name, hashed);
    }
    return hashed;
  };
  const offsetMs = performance.timeOrigin - startedAtMs;
  return ({ key, namespace, sizeBytes, code, ...operation }, protocol) => {
    const tool = toolOf(namespace);
    const event: TraceEvent = {
      t: Math.max(0, Math.round((operation.startedMs + offsetMs) * 1000)),
      op: operation.op,
      space:
        key === undefined || key.space === 'cas' ? 'cas' : tool === undefined ? 'ac' : 'artifact',
      ns: namespaceOf(namespace),
      ...(key === undefined ? {} : { key: hash(textOf(key), keyHashBytes) }),
      answer: operation.answer,
      ...(code === undefined ? {} : { code }),
      ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
      us: Math.round(operation.durationMs * 1000),
      proto: tool ?? protocol,
      w: worker,
    };
    return JSON.stringify(event);
  };
}

/** 96 bits: two of a billion keys are alike in 1 of 10^11 traces. */
const keyHashBytes = 12;
const namespaceHashBytes = 6;
const namespacesMax = 10_000;

function textOf(key: EntryKey): string {
  return key.space === 'cas' ? `cas\n${key.hash}` : `ac\n${key.namespace}\n${key.key}`;
}
