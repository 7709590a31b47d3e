import { formatSize } from '../../../core/index.ts';
import { createArtifactClient } from '../../operation/artifact-clients.ts';
import { probeTarget } from '../../target/probe.ts';
import { RunKeys } from '../../workload/run-keys.ts';
import type { RunContext } from './run-context.ts';

/**
 * Finds out whether the target answers as a cache, and what it reports about itself. Warns before
 * anything is stored: a shared cache may have to drop its teams' entries for ours.
 * @throws {LoadTestError} as `probeTarget` does.
 */
export async function meetTarget(run: RunContext): Promise<void> {
  await probe(run);
  const { config, notes, scenario, server, target } = run;
  const stats = await server.begin();
  // The run's own server holds no other client's entries.
  if (target.isEmbedded || scenario !== undefined) return;
  if (stats === undefined || stats.storedBytesMax === 0) return;
  const room = stats.storedBytesMax - stats.storedBytes;
  if (room >= config.maxStoredBytes) return;
  notes.push(
    `the target has room for ${formatSize(Math.max(0, room))} of its ${formatSize(stats.storedBytesMax)}, ` +
      `and the run may store ${formatSize(config.maxStoredBytes)}: it can evict entries that others' builds stored`,
  );
}

async function probe({
  config,
  runId,
  scenario,
  shared,
  signal,
  target,
}: RunContext): Promise<void> {
  // A user's scenario may speak a protocol of its own.
  if (scenario !== undefined) return;
  await probeTarget({
    endpoint: target.endpoint,
    client: await createArtifactClient(config.protocol, config.instance),
    key: new RunKeys(runId, config.seed).newKey(Number.MAX_SAFE_INTEGER),
    pool: shared.pool,
    timeoutMs: config.timeoutSecs * 1000,
    signal,
  });
}
