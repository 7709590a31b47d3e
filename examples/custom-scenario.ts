/**
 * A load test of a workload of one's own: every machine of a team restores the same few toolchains
 * from the content store, and the first that misses one uploads it. Copy it into a project whose
 * package.json has `"type": "module"`, and run it there:
 *
 *   npm install memobuild tsx
 *   npx tsx custom-scenario.ts
 */
import {
  type LoadTestScenario,
  LoadTestState,
  type OperationContext,
  type OperationResult,
  payloadOf,
  runLoadTest,
} from 'memobuild/loadtest';

class ToolchainRestore implements LoadTestScenario {
  readonly name = 'toolchain-restore';
  readonly #toolchains: number;

  constructor(toolchains: number) {
    this.#toolchains = toolchains;
  }

  async execute({ http, random, runId }: OperationContext): Promise<OperationResult> {
    const version = Math.floor(random() * this.#toolchains);
    // With the run's id in it, a toolchain is new to the cache in every run.
    const toolchain = payloadOf(Buffer.from(`${runId}, toolchain ${version}\n`.repeat(500)));
    const path = `/cas/${toolchain.sha256()}`;

    let readBytes = 0;
    let isIntact = true;
    const reply = await http.exchange({ method: 'GET', path }, (chunk, status) => {
      if (status !== 200) return;
      isIntact &&= toolchain.matches(chunk, readBytes);
      readBytes += chunk.length;
    });
    if (reply.status === 200) {
      const success = isIntact && readBytes === toolchain.sizeBytes;
      return success
        ? { success, lookup: 'hit', readBytes }
        : { success, lookup: 'hit', readBytes, failure: 'integrity' };
    }
    if (reply.status !== 404) return { success: false, lookup: undefined, failure: 'protocol' };

    const stored = await http.exchange({ method: 'PUT', path, body: toolchain });
    return stored.status < 300
      ? { success: true, lookup: 'miss', writtenBytes: toolchain.sizeBytes }
      : { success: false, lookup: 'miss', failure: 'http_5xx' };
  }
}

// The counters of a run can be read while it is running.
const state = new LoadTestState();
const ticker = setInterval(() => {
  console.error(`${state.phase}: ${state.totalOps} operations, ${state.cacheHits} hits`);
}, 500);

const metrics = await runLoadTest(
  { numClients: 8, durationSecs: 10, requestsPerClient: 250, cacheHitRatioTarget: 0.95 },
  { scenario: new ToolchainRestore(40), state },
);
clearInterval(ticker);

console.log(`${metrics.verdict}  ${metrics.totalOperations} operations`);
console.log(`  throughput  ${metrics.throughputOpsPerSec.toFixed(0)} ops/s`);
console.log(`  P95         ${metrics.p95LatencyMs.toFixed(2)} ms`);
console.log(`  hit rate    ${(100 * metrics.cacheHitRate).toFixed(1)} %`);
for (const reason of metrics.reasons) console.log(`  - ${reason}`);
