import type { ConfigResult } from './model/config.ts';
import type { ReplayResult } from './model/replay.ts';
import type { RunResult } from './model/run.ts';

/** When a run sent its operations, according to its result. */
export type RecordedLoad =
  | {
      readonly kind: 'closed';
      /** Operations of one client's build; 0 = no cap. */
      readonly requestsPerClient: number;
      readonly repeatBuilds: boolean;
    }
  | { readonly kind: 'open'; readonly stages: ConfigResult['stages'] }
  | {
      readonly kind: 'replay';
      /** The whole trace as one, at its mean rate. */
      readonly stages: ConfigResult['stages'];
      readonly replay: ReplayResult;
    };

/** A result file holds the stages of every run; a closed loop has none. */
export function recordedLoadOf({
  config,
  replay,
}: Pick<RunResult, 'config' | 'replay'>): RecordedLoad {
  const { stages } = config;
  if (replay !== undefined) return { kind: 'replay', stages, replay };
  if (stages.length > 0) return { kind: 'open', stages };
  return {
    kind: 'closed',
    requestsPerClient: config.requests_per_client,
    repeatBuilds: config.repeat_builds,
  };
}

/** `closed loop` or `open loop`. */
export function loopNameOf(run: Pick<RunResult, 'config' | 'replay'>): string {
  const { kind } = recordedLoadOf(run);
  switch (kind) {
    case 'closed':
      return 'closed loop';
    case 'open':
    case 'replay':
      return 'open loop';
  }
}
