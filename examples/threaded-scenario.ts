/**
 * A scenario of your own on several cores: two generator threads load `toolchain-scenario.js`, which
 * lies beside this file. Run it in a project whose package.json has `"type": "module"`:
 *
 *   npm install memobuild tsx
 *   npx tsx threaded-scenario.ts
 */
import { LoadTestError, runLoadTest } from 'memobuild/loadtest';

const module = new URL('./toolchain-scenario.js', import.meta.url);
try {
  const metrics = await runLoadTest(
    { numClients: 8, workers: 2, durationSecs: 10, requestsPerClient: 250 },
    { scenario: { module, export: 'toolchainRestore' } },
  );
  const { generator, config } = metrics.result;
  console.log(`${config.custom_scenario}: ${metrics.totalOperations} operations`);
  console.log(`  threads     ${generator.workers}`);
  console.log(`  hit rate    ${(100 * metrics.cacheHitRate).toFixed(1)} %`);
  console.log(`  wrong bytes ${metrics.errorsByType.integrity}`);
} catch (error) {
  // A module that can't be loaded, or a target that can't be reached.
  if (!(error instanceof LoadTestError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
