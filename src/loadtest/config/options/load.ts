import { z } from 'zod';
import {
  choice,
  meaning,
  milliseconds,
  number,
  seconds,
  secondsFrom,
  share,
  text,
  whole,
  yesOrNo,
} from './kinds.ts';
import { defaultMaxInFlight } from './max-in-flight.ts';
import { type ComparedFields, option } from './option.ts';
import { type Load, stagesOf } from './run-parts.ts';
import {
  parseRate,
  parseStages,
  type RateRamp,
  type RateStage,
  rateForm,
  showRate,
  showStages,
  stagesForm,
} from './stages.ts';

const amount = z.number().min(0);

const recordedStage = z.object({
  duration_secs: amount.describe('how long the stage lasts'),
  from_rate: amount.describe('operations per second at its start'),
  to_rate: amount.describe('operations per second at its end'),
});

/** How much is asked of a target, and when. */
export const loadOptions = {
  numClients: option(whole(1, 100_000), {
    flag: '--clients <n>',
    default: 10,
    about: 'concurrent clients',
    fullAbout:
      'concurrent clients, one connection each; in an open loop the connections to begin with',
    setByScenario: true,
    recordedAs: 'num_clients',
    comparable: 'clients',
  }),
  durationSecs: option(seconds(604_800), {
    flag: '--duration <s>',
    default: 60,
    about: 'seconds, or 500ms, 5m',
    fullAbout: 'how long operations are sent; stages set their own durations',
    composed: true,
    setByTrace: true,
    setByScenario: true,
    recordedAs: { as: 'duration_secs', schema: amount, of: ({ durationSecs }) => durationSecs },
    comparable: 'duration',
  }),
  requestsPerClient: option(whole(0, 1_000_000_000), {
    flag: '--requests <n>',
    default: ({ load }) => (load === 'closed' ? 100 : 0),
    defaultText: '100; with --rate 0',
    about: 'operations per client, 0 = no cap',
    fullAbout: 'operations per build of a client; 0 = no cap',
    composed: true,
    setByTrace: true,
    setByScenario: true,
    recordedAs: { as: 'requests_per_client', schema: amount, of: ({ load }) => requestsOf(load) },
    comparable: {
      as: 'requests',
      text: (requests: number) => (requests === 0 ? 'no cap' : `${requests} a client`),
    },
  }),
  repeatBuilds: option(yesOrNo(), {
    default: false,
    about: 'whether clients run builds back to back until the duration has elapsed',
    composed: true,
    setByTrace: true,
    recordedAs: {
      as: 'repeat_builds',
      schema: z.boolean(),
      of: ({ load }) => load.kind !== 'replay' && load.repeatBuilds,
    },
    comparable: {
      as: 'requests',
      text: (repeats: boolean, { requests_per_client: requests }: ComparedFields) =>
        repeats && requests > 0 ? 'back to back' : '',
    },
  }),
  cacheHitRatioTarget: option(share(), {
    flag: '--hit-rate <share>',
    default: 0.75,
    about: 'share of lookups that should hit, 0 to 1',
    setByTrace: true,
    setByScenario: true,
    recordedAs: 'cache_hit_ratio_target',
    comparable: 'target hit rate',
  }),
  rate: option(meaning<number | string, RateRamp>(rateForm, parseRate, showRate), {
    flag: '--rate <ops>',
    about: 'open loop: operations per second, 500 or a ramp, 100..500',
    composed: true,
    setByTrace: true,
    setByScenario: true,
  }),
  stages: option(
    meaning<string | readonly RateStage[], readonly RateStage[]>(
      stagesForm,
      parseStages,
      showStages,
    ),
    {
      flag: '--stages <list>',
      about: "open loop in stages: '10s@100,30s@100..500,10s@500'",
      fullAbout:
        "open loop: operations per second over time, such as '10s@100,30s@100..500,10s@500'",
      composed: true,
      setByTrace: true,
      setByScenario: true,
      recordedAs: {
        as: 'stages',
        schema: z.array(recordedStage).describe('empty: closed loop'),
        of: ({ load }) =>
          stagesOf(load).map(({ durationSecs, fromRate, toRate }) => ({
            duration_secs: durationSecs,
            from_rate: fromRate,
            to_rate: toRate,
          })),
      },
      comparable: { as: 'rate', text: rateText },
    },
  ),
  arrivals: option(choice(['poisson', 'constant']), {
    flag: '--arrivals <how>',
    default: 'poisson',
    about: 'open loop: poisson or constant (evenly spaced)',
    fullAbout:
      'open loop: when operations are due, at random as independent builds come (poisson), or evenly spaced (constant)',
    composed: true,
    setByTrace: true,
    recordedAs: {
      as: 'arrivals',
      schema: z.enum(['poisson', 'constant', 'trace', 'none']),
      of: ({ load }) => arrivalsOf(load),
    },
    absentMeans: 'constant',
    comparable: {
      as: 'arrivals',
      text: (arrivals: string, { stages }: ComparedFields) => (stages.length === 0 ? '' : arrivals),
    },
  }),
  maxConnections: option(whole(1, 100_000), {
    flag: '--max-connections <n>',
    default: ({ numClients }) => Math.max(defaultMaxConnections, numClients),
    defaultText: '1,000',
    about: 'open loop: maximum number of connections, opened as needed',
    recordedAs: 'max_connections',
    absentMeans: 0,
    comparable: {
      as: 'connection limit',
      text: (most: number, { stages }: ComparedFields) => (stages.length === 0 ? '' : String(most)),
    },
  }),
  rampUpSecs: option(secondsFrom(0, 86_400), {
    flag: '--ramp-up <s>',
    default: 0,
    about: 'closed loop: the clients begin one after another over this time',
    setByTrace: true,
    recordedAs: 'ramp_up_secs',
    absentMeans: 0,
    comparable: { as: 'ramp-up', text: (secs: number) => `${secs} s` },
  }),
  thinkMs: option(milliseconds(3_600_000), {
    flag: '--think <ms>',
    default: 0,
    about: 'closed loop: think time between operations; 200ms, 2s; plain: ms',
    fullAbout:
      'closed loop: mean think time of a client between two operations; each lasts from half to one and a half times as long',
    setByTrace: true,
    recordedAs: 'think_ms',
    absentMeans: 0,
    comparable: { as: 'think time', text: (ms: number) => `${ms} ms` },
  }),
  maxInFlight: option(whole(1, 1_000_000), {
    flag: '--max-in-flight <n>',
    defaultText: '10 s of the rate',
    about: 'open loop: maximum number of operations in flight; further ones are dropped',
    fullAbout: 'open loop: maximum number of operations in flight; further ones are dropped',
    composed: true,
    recordedAs: {
      as: 'max_in_flight',
      schema: amount,
      of: ({ load, numClients }) => maxInFlightOf(load, numClients),
    },
    comparable: {
      as: 'in-flight limit',
      text: (most: number, { stages }: ComparedFields) =>
        stages.length === 0 ? 'no size limit' : String(most),
    },
  }),
  replay: option(
    text('the path of a trace', (value) => value !== ''),
    {
      flag: '--replay <trace>',
      about: 'open loop: replay a trace that memobuild serve --record wrote',
      composed: true,
      setByScenario: true,
    },
  ),
  speed: option(number('a number above 0, up to 1,000', 0, 1000, 'above'), {
    flag: '--speed <factor>',
    default: 1,
    about: 'speed relative to the recording',
    fullAbout: 'replay speed relative to the recording',
    composed: true,
  }),
  timeoutSecs: option(seconds(3_600), {
    flag: '--timeout <s>',
    default: 30,
    about: 'timeout of one operation',
    recordedAs: 'timeout_secs',
    comparable: 'timeout',
  }),
  retries: option(whole(0, 100), {
    flag: '--retries <n>',
    default: 0,
    about: 'retries of a failed request; they are counted',
    recordedAs: 'retries',
    comparable: 'retries',
  }),
};

const defaultMaxConnections = 1_000;

function arrivalsOf(load: Load): 'poisson' | 'constant' | 'trace' | 'none' {
  switch (load.kind) {
    case 'closed':
      return 'none';
    case 'open':
      return load.arrivals;
    case 'replay':
      return 'trace';
  }
}

function requestsOf(load: Load): number {
  return load.kind === 'replay' ? 0 : load.requestsPerClient;
}

function maxInFlightOf(load: Load, numClients: number): number {
  switch (load.kind) {
    case 'closed':
      return defaultMaxInFlight([], numClients);
    case 'open':
      return load.maxInFlight;
    case 'replay':
      return load.pace?.maxInFlight ?? load.maxInFlight ?? defaultMaxInFlight([], numClients);
  }
}

function rateText(stages: z.output<typeof recordedStage>[]): string {
  if (stages.length === 0) return 'closed loop';
  return stages
    .map((stage) => `${stage.duration_secs}s@${stage.from_rate}..${stage.to_rate}`)
    .join(',');
}
