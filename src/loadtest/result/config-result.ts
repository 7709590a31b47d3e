import type { KeyDistribution, ResolvedConfig, SizeDistribution } from '../config/config.ts';
import type { ConfigResult } from './model/config.ts';

/** What of a configuration goes into the result: all but headers, certificates and keys. */
export function configResultOf(
  config: ResolvedConfig,
  customScenario: string | null,
): ConfigResult {
  return {
    num_clients: config.numClients,
    duration_secs: config.durationSecs,
    requests_per_client: config.requestsPerClient,
    repeat_builds: config.repeatBuilds,
    cache_hit_ratio_target: config.cacheHitRatioTarget,
    timeout_secs: config.timeoutSecs,
    stages: config.stages.map(({ durationSecs, fromRate, toRate }) => ({
      duration_secs: durationSecs,
      from_rate: fromRate,
      to_rate: toRate,
    })),
    max_in_flight: config.maxInFlight,
    keys: describeKeys(config.keys),
    sizes: describeSizes(config.sizes),
    working_set_keys: config.workingSetKeys,
    working_set_bytes_max: config.workingSetBytesMax,
    seed: config.seed,
    build_time_ms: config.buildTimeMs,
    reread_share: config.rereadShare,
    retries: config.retries,
    workers: config.workers,
    warmup_timeout_secs: config.warmupTimeoutSecs,
    max_stored_bytes: config.maxStoredBytes,
    protocol: config.protocol,
    instance: config.instance,
    target: config.target.kind === 'url' ? config.target.url : 'embedded',
    scale: config.scale ?? 1,
    custom_scenario: customScenario,
  };
}

/** The form that the option `keys` takes. */
export function describeKeys(keys: KeyDistribution): string {
  return keys.kind === 'uniform' ? 'uniform' : `zipf:${keys.exponent}`;
}

/** The form that the option `sizes` takes, in bytes. */
export function describeSizes(sizes: SizeDistribution): string {
  if (sizes.kind === 'build-cache') return 'build-cache';
  return sizes.sizes.map(({ sizeBytes, weight }) => `${sizeBytes}:${weight}`).join(',');
}
