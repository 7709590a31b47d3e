import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bazel, tokenFlags } from './bazel.ts';
import { testFaultMatrix } from './fault-matrix.ts';
import { build, setUp, testRoundTrip } from './round-trip.ts';

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

// With this flag it goes on without its cache.
const withFallback = bazel({
  name: 'bazel (grpc, with local fallback)',
  namespace: '',
  flags: ({ grpcUrl }) => [`--remote_cache=${grpcUrl}`, '--remote_local_fallback'],
});
const skip = withFallback.missing();
test(
  'bazel (grpc): builds with no server at all where it may fall back',
  skip === undefined ? {} : { skip },
  async (t) => {
    const { server, project } = await setUp(t, withFallback);
    await server.stop();
    await build(withFallback, project, server);
    assert.equal(await project.runs(), 1);
  },
);

testRoundTrip(
  bazel({
    name: 'bazel (grpc, outputs left in the cache)',
    namespace: '',
    outputs: [],
    flags: ({ grpcUrl }) => [`--remote_cache=${grpcUrl}`, '--remote_download_minimal'],
  }),
);
