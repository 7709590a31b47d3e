import type { RedisCalls } from './redis-calls.ts';
import { textOf } from './redis-connection.ts';

/** What Redis says of itself, as far as the store depends on it. */
export interface ServerState {
  readonly version: string;
  /** 0 = as much as there is. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
  readonly isAppendOnly: boolean;
}

/**
 * @returns `undefined` where this user may not ask.
 * @throws {CacheError} as `RedisCalls.run`.
 */
export async function readServerState(calls: RedisCalls): Promise<ServerState | undefined> {
  let text: string;
  try {
    text = textOf(await calls.run(() => ['INFO']));
  } catch (error) {
    if (error instanceof Error && /NOPERM/.test(error.message)) return undefined;
    throw error;
  }
  const fields = new Map(
    text.split('\r\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return {
    version: fields.get('redis_version') ?? '',
    maxMemoryBytes: Number(fields.get('maxmemory') ?? 0),
    evictionPolicy: fields.get('maxmemory_policy') ?? '',
    isAppendOnly: fields.get('aof_enabled') === '1',
  };
}

/** What breaks promises of the store: a sentence each, with what to do. */
export function serverWarnings(state: ServerState | undefined): string[] {
  if (state === undefined) {
    return ['this user of Redis may not run INFO, so its settings could not be looked at'];
  }
  const warnings: string[] = [];
  if (!isAtLeast(state.version, oldestVersion)) {
    warnings.push(`Redis ${state.version} is older than ${oldestVersion}, the oldest tested`);
  }
  if (state.evictionPolicy !== 'noeviction') {
    warnings.push(
      `Redis evicts keys by itself (maxmemory-policy ${state.evictionPolicy}), which loses the sums and references of the store: set maxmemory-policy noeviction`,
    );
  }
  if (!state.isAppendOnly) {
    warnings.push(
      'Redis keeps no append-only file, so its restart loses acknowledged writes: set appendonly yes',
    );
  }
  return warnings;
}

/** Scripts that read the time before they write need it. */
const oldestVersion = '6.2';

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
