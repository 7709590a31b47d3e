import { type ResolvedConfig, stagesOf } from '../config/config.ts';
import { type ConnectionMeasurement, exchangePhases, type MeasuredParts } from '../measurement.ts';
import { latencyResultOf } from './latency-result.ts';
import type { ConnectionsResult } from './model/connections.ts';
import type { LatencyResult } from './model/latency.ts';
import type { RunResult } from './model/run.ts';

/** Latency by class of size and by phase, as the result file holds it. */
export function latencyPartsOf({
  bySize,
  byPhase,
}: MeasuredParts): Pick<RunResult['latency'], 'by_size' | 'by_phase'> {
  const phases: Partial<Record<(typeof exchangePhases)[number], LatencyResult>> = {};
  for (const phase of exchangePhases) {
    const histogram = byPhase[phase];
    if (histogram !== undefined) phases[phase] = latencyResultOf(histogram);
  }
  return {
    by_size: bySize.map(({ fromBytes, belowBytes, histogram }) => ({
      from_bytes: fromBytes,
      below_bytes: belowBytes ?? null,
      ...latencyResultOf(histogram),
    })),
    by_phase: phases,
  };
}

/** The figures of each stage that sent something; none where there was but one. */
export function stagesResultOf(
  { byStage }: MeasuredParts,
  { load }: Pick<ResolvedConfig, 'load'>,
): Pick<RunResult, 'stages'> {
  if (byStage.length === 0) return {};
  const found = new Map(byStage.map((figures) => [figures.stage, figures]));
  let endMs = 0;
  const stages = stagesOf(load).flatMap(({ durationSecs, fromRate, toRate }, index) => {
    const startMs = endMs;
    endMs += durationSecs * 1000;
    const figures = found.get(index);
    if (figures === undefined) return [];
    return [
      {
        start_ms: startMs,
        end_ms: endMs,
        from_rate: fromRate,
        to_rate: toRate,
        latency: latencyResultOf(figures.response),
        service: latencyResultOf(figures.service),
      },
    ];
  });
  return { stages };
}

export function connectionsResultOf(connections: ConnectionMeasurement): ConnectionsResult {
  return {
    most: connections.most ?? null,
    opened: connections.opened,
    busy_most: connections.busyMost,
    all_busy_ms: connections.allBusyMs,
    calm_service_ms: connections.calmServiceMs ?? null,
    all_busy_service_ms: connections.allBusyServiceMs ?? null,
    stale: connections.stale,
    back_offs: connections.backOffs,
    back_off_ms: connections.backOffMs,
  };
}
