import { readFile } from 'node:fs/promises';
import { messageOf, systemCodeOf } from '../../../core/index.ts';
import { ConfigError, type LoadTestConfig } from '../../../loadtest/internal.ts';
import type { LoadTestFlags } from './flags.ts';

/**
 * Reads headers, tokens and certificates from where the flags say. No secret is taken from the
 * command line, which other users of the machine can see, and none is ever shown.
 * @throws {ConfigError} listing every problem.
 */
export async function readCredentials(
  flags: LoadTestFlags,
): Promise<Pick<LoadTestConfig, 'headers' | 'tls'>> {
  const problems: string[] = [];
  const report = (problem: string): void => {
    problems.push(problem);
  };
  const headers = {
    ...plainHeaders(flags.header ?? [], report),
    ...(await fileHeaders(flags.headerFile, report)),
  };
  const authorizations = [
    await tokenFrom(flags.tokenFile, report),
    bearerFrom(flags.bearerEnv, report),
    basicFrom(flags.basicEnv, report),
  ].filter((value) => value !== undefined);
  const given = authorizations.length + ('authorization' in headers ? 1 : 0);
  if (given > 1) {
    report(
      'only one of --token-file, --bearer-env, --basic-env and an authorization header can be given',
    );
  }
  if (authorizations[0] !== undefined) headers.authorization = authorizations[0];
  const tls = await readTls(flags, report);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(tls === undefined ? {} : { tls }),
  };
}

type Report = (problem: string) => void;

const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie']);

function plainHeaders(lines: readonly string[], report: Report): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name, value] = splitHeader(line);
    if (name === undefined || value === undefined) {
      report("--header must have the form 'Name: value'");
    } else if (secretHeaders.has(name)) {
      report(
        `--header must not hold ${name}, which other users could read: use --token-file, --bearer-env, --basic-env or --header-file`,
      );
    } else {
      headers[name] = value;
    }
  }
  return headers;
}

async function fileHeaders(
  path: string | undefined,
  report: Report,
): Promise<Record<string, string>> {
  if (path === undefined) return {};
  const text = await readText('--header-file', path, report);
  const headers: Record<string, string> = {};
  for (const [index, line] of (text ?? '').split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [name, value] = splitHeader(line);
    if (name === undefined || value === undefined) {
      report(`--header-file ${path}, line ${index + 1}: must have the form Name: value`);
    } else {
      headers[name] = value;
    }
  }
  return headers;
}

function splitHeader(line: string): [string | undefined, string | undefined] {
  const match = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line);
  return [match?.[1]?.toLowerCase(), match?.[2]];
}

async function tokenFrom(path: string | undefined, report: Report): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const token = (await readText('--token-file', path, report))?.trim();
  if (token === undefined) return undefined;
  if (token === '' || /\s/.test(token)) {
    report(`--token-file must be a file with one token; ${path} has none, or several`);
    return undefined;
  }
  return `Bearer ${token}`;
}

function bearerFrom(name: string | undefined, report: Report): string | undefined {
  const token = fromEnvironment('--bearer-env', name, report)?.trim();
  return token === undefined ? undefined : `Bearer ${token}`;
}

function basicFrom(name: string | undefined, report: Report): string | undefined {
  const pair = fromEnvironment('--basic-env', name, report);
  if (pair === undefined) return undefined;
  if (!pair.includes(':')) {
    report(`--basic-env must name a variable with user:password; ${name} has no colon`);
    return undefined;
  }
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function fromEnvironment(
  flag: string,
  name: string | undefined,
  report: Report,
): string | undefined {
  if (name === undefined) return undefined;
  const value = process.env[name];
  if (value === undefined || value === '') {
    // What was given could be the secret itself, in the wrong place: it is not repeated.
    report(`${flag} must name an environment variable; the named variable is not set`);
    return undefined;
  }
  return value;
}

async function readTls(flags: LoadTestFlags, report: Report): Promise<LoadTestConfig['tls']> {
  const { ca, cert, key, insecureTls } = flags;
  if ([ca, cert, key, insecureTls].every((flag) => flag === undefined)) return undefined;
  return {
    ca: await readPem('--ca', ca, report),
    cert: await readPem('--cert', cert, report),
    key: await readPem('--key', key, report),
    insecure: insecureTls === true,
  };
}

async function readPem(
  flag: string,
  path: string | undefined,
  report: Report,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readText(flag, path, report);
  if (text !== undefined && !text.includes('-----BEGIN ')) {
    report(`${flag} must be a PEM file; ${path} is not one`);
  }
  return text;
}

async function readText(flag: string, path: string, report: Report): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = systemCodeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    report(`${flag}: cannot read ${path}: ${reason}`);
    return undefined;
  }
}
