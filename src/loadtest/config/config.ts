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

/**
 * How the target is spoken to. `memobuild`: one artifact under one key; `bazel`: an action result
 * that names a blob; `reapi`: the same over gRPC; the others as the tool of that name does;
 * `generic`: plain GET and PUT.
 */
export type ProtocolName = (typeof protocolNames)[number];

export const protocolNames = [
  'memobuild',
  'bazel',
  'turborepo',
  'nx',
  'gradle',
  'ccache',
  'redis',
  'reapi',
  'generic',
] as const;

/** A server that the run starts itself, in its own process, with a temporary store; or any other by URL. */
export type TargetConfig =
  | {
      readonly kind: 'embedded';
      /** Further arguments to `memobuild serve`. */
      readonly serveArgs: readonly string[];
      /** The `bin/memobuild.js` whose server it is; default this program's own. */
      readonly program?: string;
    }
  | {
      readonly kind: 'url';
      readonly url: string;
      /** Sent with each request: credentials and others, never shown or recorded. */
      readonly headers: Readonly<Record<string, string>>;
      /** PEM texts, not file names. */
      readonly tls: {
        readonly ca?: string;
        readonly cert?: string;
        readonly key?: string;
        readonly insecure: boolean;
      };
    };

/**
 * What a user gives: the guide's names and more, all optional. Defaults are the constants of
 * `defaults.ts`; `resolveConfig` checks every key and fills the rest in.
 */
export interface LoadTestConfig {
  /** Shown in the report and recorded; a scenario's name. */
  readonly name?: string | undefined;
  /** Concurrent clients, one connection each. Default 10. */
  readonly numClients?: number | undefined;
  /** Default 60. Not together with `stages`, which bring their own. */
  readonly durationSecs?: number | undefined;
  /** Operations of one client's build, 0 = no cap. Default 100; with an arrival rate 0. */
  readonly requestsPerClient?: number | undefined;
  /** Whether clients run builds back to back until the duration is over. Default false. */
  readonly repeatBuilds?: boolean | undefined;
  /** 0 to 1. Default 0.75. */
  readonly cacheHitRatioTarget?: number | undefined;
  /** Bound of one operation. Default 30. */
  readonly timeoutSecs?: number | undefined;
  /** Open loop: operations a second, `500`, or a ramp over the duration, `'100..500'`. */
  readonly rate?: number | string | undefined;
  /** Open loop: `'10s@100,30s@100..500,10s@500'`, or the same as objects. */
  readonly stages?: string | readonly RateStage[] | undefined;
  /** Open loop: operations under way at once; what comes beyond is dropped. Default: ten seconds of the highest rate. */
  readonly maxInFlight?: number | undefined;
  /** `'zipf'` (default), `'zipf:1.1'`, `'uniform'`. */
  readonly keys?: string | KeyDistribution | undefined;
  /** Bytes, `'1KiB'`, `'1KiB:80,64KiB:20'`, or `'build-cache'` (default). */
  readonly sizes?: number | string | SizeDistribution | undefined;
  /** Default 1,000. */
  readonly workingSetKeys?: number | undefined;
  /** Bytes or `'256MiB'` (default). */
  readonly workingSetBytesMax?: number | string | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  /** Think time of a missed step. Default 0. */
  readonly buildTimeMs?: number | undefined;
  /** 0 to 1: share of acknowledged writes asked for again. Default 0.05. */
  readonly rereadShare?: number | undefined;
  /** Further attempts of a failed exchange. Default 0. */
  readonly retries?: number | undefined;
  /** Generator threads. Default: half the cores, for a target elsewhere all but one. */
  readonly workers?: number | undefined;
  /** Default 120. */
  readonly warmupTimeoutSecs?: number | undefined;
  /** Bytes or `'1GiB'` (default; a server of the run's own is bounded itself and has no such limit). */
  readonly maxStoredBytes?: number | string | undefined;
  /** Default `memobuild`. */
  readonly protocol?: ProtocolName | undefined;
  /** Instance name or team. Default none. */
  readonly instance?: string | undefined;
  /** A cache's http(s) URL; default `'embedded'`, a server of the run's own. User-info in it is sent as basic authorization and never shown. */
  readonly target?: string | undefined;
  /** Embedded target: further arguments to `memobuild serve`. */
  readonly serverArgs?: readonly string[] | undefined;
  /** Embedded target: the `bin/memobuild.js` of another checkout, whose server is to be tested. Default: this program's own. */
  readonly serverProgram?: string | undefined;
  /** URL target: sent with each request, never shown or recorded. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** URL target: PEM texts, and whether any certificate is taken. */
  readonly tls?:
    | {
        readonly ca?: string | undefined;
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
        readonly insecure?: boolean | undefined;
      }
    | undefined;
  /** Multiplies every duration: 0.1 for a quick look. Recorded. Default 1. */
  readonly scale?: number | undefined;
  /** The path of a trace of `memobuild serve --record`: open loop, its operations at its times. */
  readonly replay?: string | undefined;
  /** How many times as fast as it was recorded. Default 1. */
  readonly speed?: number | undefined;
}

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
  /** What the durations above were multiplied by, where it is not 1. */
  readonly scale?: number;
  /** The trace to replay, instead of operations made up. */
  readonly replay?: ReplayConfig;
}

export interface ReplayConfig {
  /** The trace's path. */
  readonly trace: string;
  readonly speed: number;
  /** Where the user bounds it; else it follows from the trace. */
  readonly maxInFlight: number | undefined;
}
