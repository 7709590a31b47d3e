import { setTimeout as sleep } from 'node:timers/promises';
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from '../shared/protobuf/generated/health.pb.ts';
import { GrpcFailure, grpcCodes } from './errors.ts';
import { type GrpcCall, type GrpcMethod, serverStream, unary } from './method.ts';

/** grpc.health.v1.Health, for load balancers. The empty name means the whole server. */
export function healthMethods(options: {
  readonly services: readonly string[];
  readonly isServing: () => Promise<boolean>;
}): GrpcMethod[] {
  const timer = new SharedTimer();
  const known = new Set(['', ...options.services]);
  const statusOf = async (service: string): Promise<Serving> => {
    if (!known.has(service)) return Serving.SERVICE_UNKNOWN;
    return (await options.isServing()) ? Serving.SERVING : Serving.NOT_SERVING;
  };
  return [
    unary(Health.method.check, 'open', async ({ service }) => {
      const status = await statusOf(service);
      if (status !== Serving.SERVICE_UNKNOWN) return { status };
      throw new GrpcFailure(grpcCodes.notFound, 'not_found', `no service ${service.slice(0, 200)}`);
    }),
    serverStream(Health.method.watch, 'open', ({ service }, call) =>
      watch(() => statusOf(service), timer, call),
    ),
  ];
}

const watchEveryMs = 500;

/** One timer for all who watch, since they need no credential. It runs while there is one. */
class SharedTimer {
  #next: Promise<void> | undefined;

  /** Resolves the next time that it is time to look. */
  next(): Promise<void> {
    this.#next ??= sleep(watchEveryMs, undefined, { ref: false }).then(() => {
      this.#next = undefined;
    });
    return this.#next;
  }
}

async function* watch(
  current: () => Promise<Serving>,
  timer: SharedTimer,
  { signal }: GrpcCall,
): AsyncGenerator<{ status: Serving }, void, undefined> {
  let sent: Serving | undefined;
  while (!signal.aborted) {
    const status = await current();
    if (status !== sent) yield { status };
    sent = status;
    await timer.next();
  }
}
