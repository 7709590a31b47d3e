import { findScenario, type ScenarioDefinition, suiteScenarios } from '../../config/scenarios.ts';
import type { Comparator, GateMetric } from './gate-metrics.ts';

/** What a release must show. Each row is measured by running what it names; none can be ticked. */
export interface Checklist {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly ChecklistRow[];
  /** What the rows' scenarios are, each run once however many rows it serves. */
  readonly scenarios: readonly ScenarioDefinition[];
}

export interface ChecklistRow {
  readonly title: string;
  readonly check: Check;
}

export type Check =
  /** Each scenario's own verdict is PASS. */
  | { readonly kind: 'verdict'; readonly scenarios: readonly string[] }
  /** Each condition holds in each scenario. */
  | {
      readonly kind: 'metrics';
      readonly scenarios: readonly string[];
      readonly conditions: readonly Condition[];
    }
  /** Neither the server's memory nor the latency rises over a run that is long enough. */
  | { readonly kind: 'no_degradation'; readonly scenarios: readonly string[] }
  /** Every worker of a server is replaced under load, and no operation fails. */
  | { readonly kind: 'worker_exchange'; readonly exchangesLeast: number }
  /** Nothing on one machine can measure it. */
  | { readonly kind: 'out_of_reach'; readonly needs: string };

export interface Condition {
  readonly metric: GateMetric;
  readonly compare: Comparator;
  readonly limit: number;
}

/** The scenario whose load runs while workers are replaced. */
export const exchangeScenario = 'standard';
/** What that run is called. */
export const exchangeRunName = 'worker-exchange';

const suite = suiteScenarios.map(({ name }) => name);
const needsScaleOut = { kind: 'out_of_reach', needs: 'scale-out' } as const;

/** The two release checklists, row by row. */
export const releaseChecklists: readonly Checklist[] = [
  checklist('v0.2.0', 'Pre-v0.2.0 release checklist', [
    ['Light load test passes (5 clients, 80 % hit rate)', verdictOf('light')],
    ['Standard load test passes (20 clients, 75 % hit rate)', verdictOf('standard')],
    ['Heavy load test passes (50 clients, 70 % hit rate)', verdictOf('heavy')],
    ['Extreme concurrency test passes (100 clients)', verdictOf('extreme')],
    [
      'Sustained load test (5 min) shows no degradation',
      { kind: 'no_degradation', scenarios: ['sustained'] },
    ],
    ['P95 latency < 500 ms under all scenarios', metrics(suite, ['p95_ms', 'below', 500])],
    [
      'Success rate > 95 % under all scenarios',
      metrics(suite, ['success_rate_percent', 'above', 95]),
    ],
    [
      'Cache hit rate achieves targets (± 5 points)',
      metrics(suite, ['hit_rate_deviation_points', 'below', 5]),
    ],
  ]),
  checklist('v1.0.0', 'Pre-v1.0.0 targets', [
    [
      'Support 500+ concurrent clients',
      metrics(['massive'], ['clients', 'at_least', 500], ['success_rate_percent', 'above', 95]),
    ],
    [
      'Achieve > 50,000 ops/s throughput',
      metrics(['massive'], ['throughput_ops_per_sec', 'above', 50_000]),
    ],
    ['P99 latency < 500 ms', metrics(['massive'], ['p99_ms', 'below', 500])],
    ['Cache hit rate > 85 %', metrics(['massive'], ['hit_rate_percent', 'above', 85])],
    ['Zero-downtime deployment tested', { kind: 'worker_exchange', exchangesLeast: 3 }],
    ['Horizontal scaling verified', needsScaleOut],
    ['Load balancer integration tested', needsScaleOut],
  ]),
];

/** The checklist of a release, or `undefined`. */
export function findChecklist(release: string): Checklist | undefined {
  return releaseChecklists.find(({ name }) => name === release);
}

/** The scenarios that a check looks at. */
export function scenariosOf(check: Check): readonly string[] {
  return 'scenarios' in check ? check.scenarios : [];
}

function checklist(
  name: string,
  title: string,
  rows: readonly (readonly [string, Check])[],
): Checklist {
  const names = new Set(rows.flatMap(([, check]) => scenariosOf(check)));
  return {
    name,
    title,
    rows: rows.map(([rowTitle, check]) => ({ title: rowTitle, check })),
    scenarios: [...names].map((scenario) => findScenario(scenario)!),
  };
}

function verdictOf(scenario: string): Check {
  return { kind: 'verdict', scenarios: [scenario] };
}

function metrics(
  scenarios: readonly string[],
  ...conditions: readonly (readonly [GateMetric, Comparator, number])[]
): Check {
  return {
    kind: 'metrics',
    scenarios,
    conditions: conditions.map(([metric, compare, limit]) => ({ metric, compare, limit })),
  };
}
