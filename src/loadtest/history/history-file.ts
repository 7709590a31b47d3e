import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { messageOf } from '../../core/index.ts';
import { ResultFileError, writeWholeFile } from '../result/result-file.ts';
import type { HistoryVerdict } from './check/judge-history.ts';
import { byteFaults, type FaultEvent, faultKinds, type History } from './check/operation.ts';
import { operationsMax } from './record/recorder.ts';

/** The version of the file's form; a reader takes no other. */
const version = 1;

const ms = z.number();
const count = z.int().min(0);
const asked = { client: count, node: count, key: z.string(), invokedMs: ms, endedMs: ms };
const read = { kind: z.literal('read'), ...asked };

const headerSchema = z.object({
  history: z.literal('memobuild'),
  version: z.literal(version),
  software: z.string(),
  startedAtMs: ms,
  seed: z.number(),
  nodes: z.array(z.string()),
  plannedFaults: z.array(z.string()),
  keys: z.record(z.string(), z.enum(['register', 'content'])),
  isInterrupted: z.boolean(),
});

const readSchema = z.discriminatedUnion('outcome', [
  z.object({ ...read, outcome: z.literal('value'), value: z.string() }),
  z.object({ ...read, outcome: z.literal('miss') }),
  z.object({ ...read, outcome: z.literal('corrupt'), fault: z.enum(byteFaults), why: z.string() }),
  z.object({ ...read, outcome: z.literal('failed'), why: z.string() }),
]);

const lineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('write'),
    ...asked,
    value: z.string(),
    outcome: z.enum(['ok', 'failed', 'unknown']),
    why: z.string().optional(),
  }),
  readSchema,
  z.object({
    kind: z.literal('evictions'),
    askedMs: ms,
    answeredMs: ms,
    evictedEntries: count,
  }),
  z.object({
    kind: z.literal('fault'),
    fault: z.enum(faultKinds),
    fromMs: ms,
    untilMs: ms,
    what: z.string(),
  }),
  z.object({ kind: z.literal('verdict') }),
]);

/** Writes a history as JSON lines, and its verdict as the last. @throws {ResultFileError}. */
export async function writeHistoryFile(
  path: string,
  history: History,
  verdict: HistoryVerdict,
): Promise<void> {
  const { operations, evictions, faults, ...header } = history;
  const { violations, ...judged } = verdict;
  const lines = [
    { history: 'memobuild', version, ...header },
    ...operations,
    ...evictions.map((sample) => ({ kind: 'evictions', ...sample })),
    ...faults.map(({ kind, ...fault }) => ({ kind: 'fault', fault: kind, ...fault })),
    { kind: 'verdict', ...judged, violations: violations.slice(0, violationsKept) },
  ];
  await writeWholeFile(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

/** Violations with their proof that a file holds; it has the count of all. */
const violationsKept = 1_000;

/** Reads a history without its verdict. @throws {ResultFileError} saying which line is wrong. */
export async function readHistoryFile(path: string): Promise<History> {
  const operations: History['operations'][number][] = [];
  const evictions: History['evictions'][number][] = [];
  const faults: FaultEvent[] = [];
  let header: z.infer<typeof headerSchema> | undefined;
  let number = 0;
  let isWhole = false;
  try {
    for await (const text of createInterface({ input: createReadStream(path) })) {
      number += 1;
      if (text.trim() === '') continue;
      if (header === undefined) {
        header = headerSchema.parse(JSON.parse(text));
        continue;
      }
      const line = lineSchema.parse(JSON.parse(text));
      if (line.kind === 'evictions') evictions.push(line);
      else if (line.kind === 'fault') faults.push({ ...line, kind: line.fault });
      else if (line.kind === 'verdict') isWhole = true;
      else operations.push(line);
      if (operations.length > operationsMax) throw new Error(`over ${operationsMax} operations`);
    }
  } catch (error) {
    throw unreadable(path, number, error);
  }
  if (header === undefined) throw new ResultFileError('empty', `${path} is empty`);
  if (!isWhole) throw new ResultFileError('cut_off', `${path} ends without its verdict`);
  const { history: _, version: __, ...rest } = header;
  return { ...rest, operations, evictions, faults };
}

function unreadable(path: string, line: number, error: unknown): ResultFileError {
  if (line === 0)
    return new ResultFileError('unreadable', `cannot read ${path}: ${messageOf(error)}`);
  const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
  const text = `${path} is not a history of memobuild prove: line ${line}: ${why}`;
  return new ResultFileError('not_a_result', text, { cause: error });
}
