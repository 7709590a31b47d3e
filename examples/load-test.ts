/**
 * A load test from a program: two runs against one cache, kept as result files and compared. Run it
 * in a project whose package.json has `"type": "module"`:
 *
 *   npm install memobuild tsx
 *   npx tsx load-test.ts
 */
import { startCache } from 'memobuild';
import {
  compareFiles,
  type LoadedResult,
  readResultFile,
  runLoadTest,
  runsOf,
  writeResultFile,
} from 'memobuild/loadtest';

// In a process of its own: server and generator don't share a thread.
await using cache = await startCache({ process: 'own' });
const files: LoadedResult[] = [];
for (const path of ['base.json', 'new.json']) {
  const { kind, result, verdict } = await runLoadTest({
    target: cache.url,
    numClients: 4,
    durationSecs: 3,
    requestsPerClient: 0,
  });
  await writeResultFile(path, result);
  files.push({ path, read: await readResultFile(path) });
  console.log(`${path}: a ${kind}, ${verdict}`);
}
const [base, next] = files as [LoadedResult, LoadedResult];
const { answer } = compareFiles([base], [next]);
console.log(`${runsOf(base.read).length} run with ${runsOf(next.read).length}: ${answer}`);
