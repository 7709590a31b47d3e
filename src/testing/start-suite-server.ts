import {
  readToken,
  type StartSuiteServer,
  type SuiteServerOptions,
  writeToken,
} from '../protocols/conformance/index.ts';
import { type Credential, hashSecret } from '../server/index.ts';
import { startInProcess } from './start-in-process.ts';
import { tempDir } from './temp-dir.ts';

/** A worker's server in this process, over an embedded store in a temporary directory. */
export const startSuiteServer: StartSuiteServer = async (t, options = {}) => {
  const dir = options.dir ?? (await tempDir(t));
  const { server, port, url, otherPorts } = await startInProcess(t, {
    env: settingsOf(options, dir),
    ...(options.hasTokens === true ? { credentials } : {}),
    ...(options.drainWindowMs === undefined ? {} : { drainWindowMs: options.drainWindowMs }),
  });
  return {
    port,
    redisPort: otherPorts.redis ?? 0,
    dir,
    entries: async () => {
      const headers = { authorization: `Bearer ${writeToken}` };
      const text = await (await fetch(`${url}/metrics`, { headers })).text();
      return Number(/^memobuild_store_entries (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
    },
    drain: () => server.drain(),
  };
};

const credentials: readonly Credential[] = [
  { name: 'reader', scheme: 'bearer', secretSha256: hashSecret(readToken), scope: 'read' },
  { name: 'writer', scheme: 'bearer', secretSha256: hashSecret(writeToken), scope: 'write' },
];

function settingsOf(options: SuiteServerOptions, dir: string): Record<string, string> {
  const { blobBytesMax, readOnly = false } = options;
  return {
    MEMOBUILD_STORE: 'embedded',
    MEMOBUILD_DIR: dir,
    MEMOBUILD_REDIS_PORT: '0',
    MEMOBUILD_READ_ONLY: String(readOnly),
    ...(blobBytesMax === undefined ? {} : { MEMOBUILD_MAX_BLOB_SIZE: String(blobBytesMax) }),
  };
}
