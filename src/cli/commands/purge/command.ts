import { Command } from 'commander';
import { formatSize, messageOf, parseDuration, systemCodeOf } from '../../../core/index.ts';
import {
  ApiV1Client,
  ApiV1Error,
  fetchExchange,
  type PurgeRequest,
} from '../../../protocols/api-v1/client.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';

/** `memobuild purge`: deletes entries from a running server. */
export function createCommand(): Command {
  return new Command('purge')
    .requiredOption('--url <url>', "the server's URL, such as http://127.0.0.1:8080")
    .option('--token-file <file>', 'file whose first line is a bearer token, or user:password')
    .option('--key <key>', 'ac/<key>, ac/<namespace>/<key> or cas/<hash>')
    .option(
      '--namespace <name>',
      'all action results of a namespace; "" for the one without a name',
    )
    .option('--older-than <time>', 'all entries stored longer ago than this, such as 30d')
    .option('--unused-for <time>', 'all entries neither read nor written for this long')
    .option('--timeout <time>', "timeout for the server's answer", '10m')
    .action(purge);
}

interface PurgeFlags {
  readonly url: string;
  readonly tokenFile?: string;
  readonly key?: string;
  readonly namespace?: string;
  readonly olderThan?: string;
  readonly unusedFor?: string;
  readonly timeout: string;
}

async function purge(flags: PurgeFlags): Promise<void> {
  const server = serverUrl(flags.url);
  const selection = selectionOf(flags);
  const headers: Record<string, string> = {};
  if (flags.tokenFile !== undefined) headers.authorization = await credential(flags.tokenFile);
  const timeoutMs = duration('--timeout', flags.timeout);
  const exchange = fetchExchange(server, { headers, timeoutMs });
  const { entries, sizeBytes } = await ask(server, () =>
    new ApiV1Client(exchange).purge(selection),
  );
  process.stdout.write(`deleted ${entries} entries, ${formatSize(sizeBytes)}\n`);
}

function serverUrl(text: string): URL {
  try {
    const url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('no HTTP');
    return url;
  } catch (error) {
    throw usage(`--url must be a URL such as http://127.0.0.1:8080, got ${text}`, error);
  }
}

/** The body of the request: exactly one of the four selections. */
function selectionOf(flags: PurgeFlags): PurgeRequest {
  const { key, namespace, olderThan, unusedFor } = flags;
  const given = [key, namespace, olderThan, unusedFor].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw usage('one of --key, --namespace, --older-than and --unused-for is required');
  }
  if (key !== undefined) return keySelection(key);
  if (namespace !== undefined) return { what: 'namespace', namespace };
  if (olderThan !== undefined) {
    return { what: 'older', thanMs: duration('--older-than', olderThan) };
  }
  return { what: 'unused', forMs: duration('--unused-for', unusedFor ?? '') };
}

function keySelection(text: string): PurgeRequest {
  const match = /^(?:cas\/(?<hash>[0-9a-f]{64})|ac\/(?:(?<namespace>.*)\/)?(?<key>[^/]+))$/.exec(
    text,
  );
  const { hash, namespace, key } = match?.groups ?? {};
  if (hash !== undefined) return { what: 'key', space: 'cas', key: hash };
  if (key !== undefined) return { what: 'key', space: 'ac', namespace: namespace ?? '', key };
  throw usage(
    `--key must be ac/<key>, ac/<namespace>/<key> or cas/<64 hex characters>, got ${text}`,
  );
}

function duration(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`${flag} must be a duration such as 30d, got ${text}`);
  return Math.round(ms);
}

async function credential(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(exitCodes.noAnswer, `--token-file ${file}: ${messageOf(error)}`);
  }
  const secret = text.split('\n', 1)[0]?.trim() ?? '';
  if (secret === '') throw usage(`--token-file ${file}: its first line is empty`);
  // No bearer token holds a colon (RFC 6750, 2.1), every user:password does.
  return secret.includes(':')
    ? `Basic ${Buffer.from(secret).toString('base64')}`
    : `Bearer ${secret}`;
}

/** @throws {CommandError} that names the server. */
async function ask<Answer>({ origin }: URL, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (error instanceof ApiV1Error) {
      const text =
        error.status === 200
          ? `${origin} does not answer like a MemoBuild server: ${messageOf(cause)}`
          : `${origin} refused (${error.status}): ${error.text}`;
      throw new CommandError(exitCodes.noAnswer, text, { cause: error });
    }
    const why = systemCodeOf(cause) ?? messageOf(cause);
    throw new CommandError(exitCodes.noAnswer, `${origin} does not answer: ${why}`);
  }
}

function usage(message: string, cause?: unknown): CommandError {
  return new CommandError(exitCodes.usage, message, { cause });
}
