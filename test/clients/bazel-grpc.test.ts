import { bazel, tokenFlags } from './bazel.ts';
import { testFaultMatrix } from './fault-matrix.ts';
import { testRoundTrip } from './round-trip.ts';

const overGrpc = bazel({
  name: 'bazel (grpc)',
  namespace: 'team/one',
  // It asks for the server's capabilities before anything else, and ends with 34 when nobody answers.
  withoutServer: 'fails at start',
  flags: ({ grpcUrl, token }) => [
    `--remote_cache=${grpcUrl}`,
    '--remote_instance_name=team/one',
    ...tokenFlags(token),
  ],
});
testRoundTrip(overGrpc);
testFaultMatrix(overGrpc);

testRoundTrip(
  bazel({
    name: 'bazel (grpc, outputs left in the cache)',
    namespace: '',
    outputs: [],
    flags: ({ grpcUrl }) => [`--remote_cache=${grpcUrl}`, '--remote_download_minimal'],
  }),
);
