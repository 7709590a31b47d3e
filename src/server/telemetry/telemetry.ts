import type { LookupCounts } from '../../core/index.ts';
import { type Counters, type DurationHistogram, durationBoundsMs } from './counters.ts';

/**
 * Counts what a process serves. Called for each request, so it only adds to plain numbers; names
 * and labels are made when somebody asks.
 */
export class Telemetry {
  connectionsAccepted = 0;
  connectionsRefused = 0;
  connectionsCut = 0;
  loginsFailed = 0;
  connectionsOpen = 0;
  requestsInFlight = 0;
  indexDamages = 0;
  readonly #requests = new Map<string, Map<string, Map<number, number>>>();
  readonly #durations = new Map<string, MutableHistogram>();

  requestStarted(): void {
    this.requestsInFlight += 1;
  }

  requestEnded(
    route: { readonly name: string; readonly operation: string },
    method: string,
    status: number,
    durationMs: number,
  ): void {
    this.requestsInFlight -= 1;
    const byStatus = mapIn(mapIn(this.#requests, route.name), method);
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    let histogram = this.#durations.get(route.operation);
    if (histogram === undefined) {
      const buckets = new Array<number>(durationBoundsMs.length + 1).fill(0);
      histogram = { operation: route.operation, buckets, sumMs: 0 };
      this.#durations.set(route.operation, histogram);
    }
    let bucket = 0;
    while (bucket < durationBoundsMs.length && durationMs > durationBoundsMs[bucket]!) bucket += 1;
    histogram.buckets[bucket]! += 1;
    histogram.sumMs += durationMs;
  }

  /** @param lookups what this process's cache counted. */
  counters(lookups: readonly LookupCounts[]): Counters {
    const requests = [...this.#requests].flatMap(([route, methods]) =>
      [...methods].flatMap(([method, statuses]) =>
        [...statuses].map(([status, count]) => ({ route, method, status, count })),
      ),
    );
    return {
      lookups,
      requests,
      durations: [...this.#durations.values()],
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: this.connectionsRefused,
      connectionsCut: this.connectionsCut,
      loginsFailed: this.loginsFailed,
      indexDamages: this.indexDamages,
    };
  }
}

interface MutableHistogram extends DurationHistogram {
  readonly buckets: number[];
  sumMs: number;
}

function mapIn<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = maps.get(key);
  if (inner === undefined) {
    inner = new Map<K, V>();
    maps.set(key, inner);
  }
  return inner;
}
