import type { EndpointConfig } from '../../transport/shared/endpoint.ts';
import type { RateStage } from './stages.ts';

/** The parts of a resolved configuration that several options make together. */
export interface ComposedParts {
  /** The scenario's name, where one was named. */
  readonly name: string | undefined;
  readonly numClients: number;
  /** How long operations are sent. */
  readonly durationSecs: number;
  readonly load: Load;
  readonly target: TargetConfig;
  /** What the durations were multiplied by, where it is not 1. */
  readonly scale?: number;
}

/** When operations are sent. */
export type Load = ClosedLoad | OpenLoad | ReplayLoad;

/** Each client sends its next operation when the last one has ended. */
export interface ClosedLoad extends Builds {
  readonly kind: 'closed';
}

/** Operations are due by the clock, whatever comes back. */
export interface OpenLoad extends Builds {
  readonly kind: 'open';
  /** One after another; their sum is the run's duration. */
  readonly stages: readonly RateStage[];
  /** At random, as independent builds come, or evenly spaced. */
  readonly arrivals: 'poisson' | 'constant';
  /** Operations under way at once over all clients; what comes beyond is dropped. */
  readonly maxInFlight: number;
}

/** The operations of a recorded trace, due at its times. */
export interface ReplayLoad {
  readonly kind: 'replay';
  /** The trace's path. */
  readonly trace: string;
  /** How many times as fast as it was recorded. */
  readonly speed: number;
  /** Where the user bounds it; else it follows from the trace. */
  readonly maxInFlight: number | undefined;
  /** Known only once the trace has been read. */
  readonly pace?: ReplayPace;
}

export interface ReplayPace {
  /** The whole replay as one stage at its mean rate: what reports and limits on throughput go by. */
  readonly meanStage: RateStage;
  readonly maxInFlight: number;
}

interface Builds {
  /** Operations of one client's build; 0 = no cap. */
  readonly requestsPerClient: number;
  /** Whether clients run builds back to back until the duration is over. */
  readonly repeatBuilds: boolean;
}

/** Whether operations wait for earlier ones, or are due by the clock. */
export function loopOf(load: Load): 'closed' | 'open' {
  switch (load.kind) {
    case 'closed':
      return 'closed';
    case 'open':
    case 'replay':
      return 'open';
  }
}

/** The rates that operations are due at; none in a closed loop, nor of a trace that was not read yet. */
export function stagesOf(load: Load): readonly RateStage[] {
  switch (load.kind) {
    case 'closed':
      return [];
    case 'open':
      return load.stages;
    case 'replay':
      return load.pace === undefined ? [] : [load.pace.meanStage];
  }
}

/** The operations that all clients together may send; 0 = no cap. */
export function operationsMaxOf({
  load,
  numClients,
}: Pick<ComposedParts, 'load' | 'numClients'>): number {
  return numClients * operationsPerClientMaxOf(load);
}

/** The operations that one client may send; 0 = no cap. */
export function operationsPerClientMaxOf(load: Load): number {
  return load.kind === 'replay' || load.repeatBuilds ? 0 : load.requestsPerClient;
}

/** A server that the run starts itself, in its own process, with a temporary store; or any other by URL. */
export type TargetConfig =
  | {
      readonly kind: 'embedded';
      /** Further arguments to `memobuild serve`. */
      readonly serveArgs: readonly string[];
      /** Bound of its store; `undefined` where `serveArgs` has one. */
      readonly storeBytesMax: number | undefined;
      /** The `bin/memobuild.js` whose server it is; default this program's own. */
      readonly program?: string;
    }
  | ({ readonly kind: 'url' } & EndpointConfig);

/** What a default may depend on. */
export interface DefaultContext {
  readonly load: Load['kind'];
  readonly target: TargetConfig['kind'];
  readonly numClients: number;
  readonly maxStoredBytes: number;
}
