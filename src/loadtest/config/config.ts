/**
 * What a load test is asked to do. `LoadTestConfig` is what a user gives (the guide's names, nearly
 * all optional); `ResolvedConfig` is what runs, with nothing left open.
 */

/** How often, in operations a second, over which time. A constant rate has `fromRate === toRate`. */
export interface RateStage {
  readonly durationSecs: number;
  readonly fromRate: number;
  readonly toRate: number;
}

/** A size and how often it is drawn, relative to the other weights. */
export interface WeightedSize {
  readonly sizeBytes: number;
  readonly weight: number;
}

export type SizeDistribution =
  /** The shape measured on a large public build cache (docs/loadtest.md names it). */
  | { readonly kind: 'build-cache' }
  | { readonly kind: 'weighted'; readonly sizes: readonly WeightedSize[] };

export type KeyDistribution =
  | { readonly kind: 'zipf'; readonly exponent: number }
  | { readonly kind: 'uniform' };

/** How the target is spoken to. `memobuild`: one artifact under one key; `bazel`: an action result that names a blob. */
export type ProtocolName = 'memobuild' | 'bazel';

/** A server that the run starts itself, in its own process, with a temporary store; or any other by URL. */
export type TargetConfig =
  | {
      readonly kind: 'embedded';
      /** Further arguments to `memobuild serve`. */
      readonly serveArgs: readonly string[];
    }
  | {
      readonly kind: 'url';
      readonly url: string;
      /** Sent with each request: credentials and others, never shown or recorded. */
      readonly headers: Readonly<Record<string, string>>;
      readonly tls: {
        readonly ca?: string;
        readonly cert?: string;
        readonly key?: string;
        readonly insecure: boolean;
      };
    };

export interface ResolvedConfig {
  /** The scenario's name, where one was named. */
  readonly name: string | undefined;
  readonly numClients: number;
  readonly durationSecs: number;
  /** Operations of one client's build; 0 = no cap. */
  readonly requestsPerClient: number;
  /** Whether clients run builds of `requestsPerClient` back to back until the duration is over (the scenario suite). */
  readonly repeatBuilds: boolean;
  /** 0 to 1. */
  readonly cacheHitRatioTarget: number;
  readonly timeoutSecs: number;
  /** Empty: closed loop. Else open loop, the stages one after another; their sum is `durationSecs`. */
  readonly stages: readonly RateStage[];
  /** Open loop: operations under way at once over all clients; what comes beyond is dropped. */
  readonly maxInFlight: number;
  readonly keys: KeyDistribution;
  readonly sizes: SizeDistribution;
  readonly workingSetKeys: number;
  readonly workingSetBytesMax: number;
  readonly seed: number;
  readonly buildTimeMs: number;
  /** 0 to 1: share of acknowledged writes that another client asks for again. */
  readonly rereadShare: number;
  readonly retries: number;
  /** Generator threads. */
  readonly workers: number;
  readonly warmupTimeoutSecs: number;
  /** The run stores no more than this, warm-up included; past it a drawn new key is not stored but the run ends, `stop_reason: max_stored`. */
  readonly maxStoredBytes: number;
  readonly protocol: ProtocolName;
  /** Instance name or team: the namespace the run's keys go into. '' = none. */
  readonly instance: string;
  readonly target: TargetConfig;
}
