import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import {
  checkOutputWritable,
  decodeText,
  messageOf,
  type OutputOptions,
  systemCodeOf,
  writeOutputFile,
} from '../../core/index.ts';
import { LoadTestError } from '../errors.ts';
import { type LoadTestResult, runResultOf, seriesResultOf } from './model/load-test-result.ts';
import { runResultSchema } from './model/run.ts';
import { resultSchemaVersion } from './model/schema-version.ts';
import { suiteFileSchema } from './model/suite.ts';
import { version1RunSchema, version1SuiteSchema } from './version-1.ts';

/** What is wrong with a result file. */
export type ResultFileProblem =
  /** It cannot be read, or there is none. */
  | 'unreadable'
  /** It cannot be written. */
  | 'unwritable'
  | 'empty'
  /** It ends in the middle. */
  | 'cut_off'
  | 'not_json'
  /** JSON that was never meant to be a result: a package.json, a configuration. */
  | 'not_a_result'
  /** A result of a version that this program does not read. */
  | 'other_version'
  /** A result, with something in it that the schema does not allow. */
  | 'damaged';

/** A result file that cannot be written, or read; the message names the file and the reason. */
export class ResultFileError extends LoadTestError {
  override readonly name = 'ResultFileError';
  readonly problem: ResultFileProblem;

  constructor(problem: ResultFileProblem, message: string, options?: ErrorOptions) {
    super('result_file', message, options);
    this.problem = problem;
  }
}

/**
 * Finds out whether a result can be written there, before an hour is spent on making it. Leaves
 * nothing behind.
 * @throws {ResultFileError}
 */
export async function checkResultWritable(path: string): Promise<void> {
  try {
    await checkOutputWritable(path);
  } catch (error) {
    throw cannot('write', path, error);
  }
}

/**
 * Writes a result: all of it, or nothing and the file that was there stays. Links, devices and pipes
 * stay what they are; a pipe that nobody reads ends the write with an error.
 * @throws {ResultFileError}
 */
export async function writeResultFile(
  path: string,
  result: LoadTestResult['result'],
  options: OutputOptions = {},
): Promise<void> {
  await writeWholeFile(path, formatResult(result), options);
}

/** The same for any text. @throws {ResultFileError} */
export async function writeWholeFile(
  path: string,
  text: string,
  options: OutputOptions = {},
): Promise<void> {
  try {
    await writeOutputFile(path, text, options);
  } catch (error) {
    throw cannot('write', path, error);
  }
}

/** JSON with one line for each key, and for each row of a long list: readable and diffable, yet short. */
export function formatResult(result: LoadTestResult['result']): string {
  return `${formatValue(result, '')}\n`;
}

/** Reads a file that {@link writeResultFile} wrote. @throws {ResultFileError} */
export async function readResultFile(path: string): Promise<LoadTestResult> {
  let text: string;
  try {
    text = decodeText(await readFile(path));
  } catch (error) {
    throw cannot('read', path, error);
  }
  return parseResult(text, path);
}

/** Reads a result's text; `path` is for messages. @throws {ResultFileError} */
export function parseResult(text: string, path: string): LoadTestResult {
  const value = parseJson(text, path);
  const version = (value as { schema_version?: unknown } | null)?.schema_version;
  if (typeof version !== 'number') {
    throw new ResultFileError(
      'not_a_result',
      `${path} is not a loadtest result: it has no schema_version`,
    );
  }
  const isSeries = 'scenarios' in (value as object);
  if (version === 1) {
    return isSeries
      ? seriesResultOf(checked(version1SuiteSchema, value, path))
      : runResultOf(checked(version1RunSchema, value, path));
  }
  if (version !== resultSchemaVersion) {
    throw new ResultFileError(
      'other_version',
      `${path} has schema_version ${version}, this memobuild reads 1 and ${resultSchemaVersion}: use the version that wrote it`,
    );
  }
  return isSeries
    ? seriesResultOf(checked(suiteFileSchema, value, path))
    : runResultOf(checked(runResultSchema, value, path));
}

function checked<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first, ...rest] = parsed.error.issues;
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
  const problem = `${first?.path.join('.')}: ${first?.message}${more}`;
  throw new ResultFileError('damaged', `${path} is damaged or was edited: ${problem}`);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const trimmed = text.trimEnd();
    if (trimmed === '') throw new ResultFileError('empty', `${path} is empty`);
    const isCut = trimmed.startsWith('{') && !trimmed.endsWith('}');
    throw isCut
      ? new ResultFileError('cut_off', `${path} is truncated`)
      : new ResultFileError('not_json', `${path} is not JSON: ${messageOf(error)}`);
  }
}

function cannot(what: 'read' | 'write', path: string, error: unknown): ResultFileError {
  const code = systemCodeOf(error) ?? '';
  const reason = reasons[`${what} ${code}`] ?? messageOf(error);
  const problem = what === 'read' ? 'unreadable' : 'unwritable';
  return new ResultFileError(problem, `cannot ${what} ${path}: ${reason}`, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  'read ENOENT': 'no such file',
  'read EISDIR': 'it is a directory',
  'read EACCES': 'no permission',
  'write ENOENT': 'its directory does not exist',
  'write ENOTDIR': 'a part of its path is not a directory',
  'write EACCES': 'no permission',
  'write EROFS': 'the file system is read-only',
  'write ENOSPC': 'the disk is full',
};

function formatValue(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    // One row per line; a scenario of a suite is not a row.
    if (value.length === 0) return '[]';
    const lines = value.map((item: unknown) =>
      isLarge(item) ? formatValue(item, inner) : JSON.stringify(item),
    );
    return `[\n${inner}${lines.join(`,\n${inner}`)}\n${indent}]`;
  }
  const entries = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${formatValue(item, inner)}`,
  );
  return entries.length === 0 ? '{}' : `{\n${inner}${entries.join(`,\n${inner}`)}\n${indent}}`;
}

function isLarge(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'schema_version' in item;
}
