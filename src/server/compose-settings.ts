import type { ServeConfig } from '../config/index.ts';
import { decodeText, messageOf, readSmallFile } from '../core/index.ts';
import { parseTokens } from './access/tokens-file.ts';
import type { WorkerSettings } from './compose-worker-settings.ts';
import { createTrace, TraceFileError } from './recording/index.ts';
import { SettingsError } from './settings-error.ts';

/**
 * Reads the files that the configuration names, and makes the trace where one is to be recorded.
 * @param running what a server that reloads its configuration runs with: its trace continues.
 * @throws {SettingsError} with every problem there is.
 */
export async function composeSettings(
  config: ServeConfig,
  running?: WorkerSettings,
): Promise<WorkerSettings> {
  const { listen, auth, record } = config;
  const problems: string[] = [];
  const read = async (flag: string, file: string): Promise<string> => {
    try {
      return decodeText(await readSmallFile(file));
    } catch (error) {
      problems.push(`${flag} ${file}: ${messageOf(error)}`);
      return '';
    }
  };
  const cert = listen.tlsCert && (await read('--tls-cert', listen.tlsCert));
  const key = listen.tlsKey && (await read('--tls-key', listen.tlsKey));
  const tls = cert && key ? { cert, key } : null;
  if (tls !== null) problems.push(...(await tlsProblems(tls)));
  let credentials: WorkerSettings['credentials'] = null;
  if (auth.tokens !== undefined) {
    const parsed = await parseTokens(await read('--tokens', auth.tokens));
    if (problems.length === 0) {
      problems.push(...parsed.problems.map((problem) => `--tokens ${auth.tokens}: ${problem}`));
    }
    credentials = parsed.credentials;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  // Last, so that nothing is made where the server can't start anyway.
  const trace = await traceOf(record, running);
  return { config, credentials, tls, trace };
}

async function traceOf(
  { file, maxSizeBytes }: ServeConfig['record'],
  running: WorkerSettings | undefined,
): Promise<WorkerSettings['trace']> {
  if (running !== undefined) return running.trace;
  if (file === undefined) return null;
  try {
    return await createTrace({ path: file, sizeBytesMax: maxSizeBytes });
  } catch (error) {
    if (!(error instanceof TraceFileError)) throw error;
    throw new SettingsError([error.message]);
  }
}

async function tlsProblems(tls: {
  readonly cert: string;
  readonly key: string;
}): Promise<string[]> {
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext(tls);
    return [];
  } catch (error) {
    return [`--tls-cert and --tls-key are not a certificate and its key: ${messageOf(error)}`];
  }
}
