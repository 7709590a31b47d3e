import type { LoadTestConfig } from './config.ts';

/** A load test with a name. Its duration is the point: clients run builds back to back until it is over. */
export interface ScenarioDefinition {
  readonly name: string;
  readonly summary: string;
  readonly config: LoadTestConfig;
}

/** Every built-in scenario, by name. The first five are the suite. */
export const scenarios: readonly ScenarioDefinition[] = [
  define('light', 'baseline', [5, 30, 50, 0.8]),
  define('standard', 'typical production load', [20, 60, 100, 0.75]),
  define('heavy', 'peak production load', [50, 60, 100, 0.7]),
  define('extreme', 'extreme concurrency', [100, 60, 50, 0.75]),
  define('sustained', 'stability over five minutes', [20, 300, 30, 0.75]),
  define('extreme-200', 'extreme concurrency, upper end', [200, 60, 50, 0.75]),
  define('massive', 'the v1.0 target', [500, 60, 100, 0.9], { sizes: '1KiB' }),
];

/** What `--scenarios` runs, in order. */
export const suiteScenarios: readonly ScenarioDefinition[] = scenarios.slice(0, 5);

/** The built-in scenario of that name, or `undefined`. */
export function findScenario(name: string): ScenarioDefinition | undefined {
  return scenarios.find((scenario) => scenario.name === name);
}

function define(
  name: string,
  summary: string,
  [numClients, durationSecs, requestsPerClient, cacheHitRatioTarget]: readonly [
    number,
    number,
    number,
    number,
  ],
  more: LoadTestConfig = {},
): ScenarioDefinition {
  return {
    name,
    summary,
    config: {
      name,
      numClients,
      durationSecs,
      requestsPerClient,
      cacheHitRatioTarget,
      repeatBuilds: true,
      ...more,
    },
  };
}
