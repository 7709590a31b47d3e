/**
 * A cache for tests: started on a free port over a temporary directory, and gone when the test is
 * over. Run it in a project whose package.json has `"type": "module"`:
 *
 *   npm install memobuild tsx
 *   npx tsx start-cache.ts
 */
import { type RunningCache, startCache } from 'memobuild';

async function storeAndRead({ url }: RunningCache): Promise<string> {
  await fetch(`${url}/blobs/default/greeting`, { method: 'PUT', body: 'hello' });
  return await (await fetch(`${url}/blobs/default/greeting`)).text();
}

// TypeScript from 5.2 on, or esbuild, makes `await using` into what Node 20 runs.
{
  await using cache = await startCache();
  console.log(`in this process: ${await storeAndRead(cache)}`);
}

// The same without it.
const cache = await startCache({ process: 'own', signal: AbortSignal.timeout(60_000) });
try {
  console.log(`in its own process: ${await storeAndRead(cache)}`);
} finally {
  await cache.close();
}
