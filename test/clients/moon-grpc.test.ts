import { testFaultMatrix } from './fault-matrix.ts';
import { moon } from './moon.ts';
import { testRoundTrip } from './round-trip.ts';

for (const compression of ['none', 'zstd'] as const) {
  const overGrpc = moon({
    name: `moon (grpc, ${compression})`,
    namespace: 'team/one',
    api: 'grpc',
    host: ({ grpcUrl }) => grpcUrl,
    compression,
    // The small output goes in a batch, this one is streamed.
    largeBytes: 6_000_000,
  });
  testRoundTrip(overGrpc);
  testFaultMatrix(overGrpc);
}
