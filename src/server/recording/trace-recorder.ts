import { hash } from 'node:crypto';
import type { CacheDecorator } from '../../cache/index.ts';
import type { Logger } from '../../core/index.ts';
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

/**
 * Joins a recording: what is asked of the decorated cache is written down, and closing it writes what
 * waits. Where the file can't be opened, that is logged and nothing is recorded: a server does not stay
 * down for a trace.
 */
export async function joinTrace(settings: TraceSettings, logger: Logger): Promise<CacheDecorator> {
  const { path, sizeBytesMax } = settings;
  let file: TraceFile;
  try {
    file = await TraceFile.open({ path, sizeBytesMax, worker: process.pid, logger });
  } catch (error) {
    logger.error({ err: error, trace: path }, 'this process serves without recording');
    return (cache) => cache;
  }
  const lineOf = createLineWriter(settings, process.pid);
  return (cache) => ({
    ...recordedCache(cache, (operation) => {
      if (file.isOpen) file.add(lineOf(operation));
    }),
    close: async () => {
      await file.close();
      await cache.close();
    },
  });
}

/** Makes lines of operations, with nothing in them that a client said. A tool's namespace names the tool. */
export function createLineWriter(
  { secret, startedAtMs }: Pick<TraceSettings, 'secret' | 'startedAtMs'>,
  worker: number,
): (operation: RecordedOperation) => string {
  const namespaces = new Map<string, string>();
  // The secret goes first and most of the digest is left out, so that a digest cannot be extended.
  const hashed = (text: string, characters: number): string =>
    hash('sha256', secret + text, 'base64url').slice(0, characters);
  const namespaceOf = (name: string): string => {
    let known = namespaces.get(name);
    if (known === undefined) {
      known = hashed(`namespace\n${name}`, namespaceHashCharacters);
      if (namespaces.size < namespacesMax) namespaces.set(name, known);
    }
    return known;
  };
  const offsetMs = performance.timeOrigin - startedAtMs;
  // Put together by hand, in a third of JSON.stringify's time: no value needs an escape.
  return ({ key, namespace, protocol, sizeBytes, code, ...operation }) => {
    const tool = toolOf(namespace);
    const t = Math.max(0, Math.round((operation.startedMs + offsetMs) * 1000));
    const space =
      key === undefined || key.space === 'cas' ? 'cas' : tool === undefined ? 'ac' : 'artifact';
    const named = key === undefined ? '' : `,"key":"${hashed(textOf(key), keyHashCharacters)}"`;
    const why = code === undefined ? '' : `,"code":"${code}"`;
    const size = sizeBytes === undefined ? '' : `,"size":${sizeBytes}`;
    const us = Math.round(operation.durationMs * 1000);
    return (
      `{"t":${t},"op":"${operation.op}","space":"${space}","ns":"${namespaceOf(namespace)}"${named}` +
      `,"answer":"${operation.answer}"${why}${size},"us":${us},"proto":"${tool ?? protocol}","w":${worker}}`
    );
  };
}

/** 96 bits: two of a billion keys are alike in 1 of 10^11 traces. */
const keyHashCharacters = 16;
const namespaceHashCharacters = 8;
const namespacesMax = 10_000;

function textOf(key: EntryKey): string {
  return key.space === 'cas' ? `cas\n${key.hash}` : `ac\n${key.namespace}\n${key.key}`;
}
