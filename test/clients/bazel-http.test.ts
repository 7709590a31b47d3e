import { bazel, tokenFlags } from './bazel.ts';
import { testFaultMatrix } from './fault-matrix.ts';
import { testRoundTrip } from './round-trip.ts';

const overHttp = bazel({
  name: 'bazel (http)',
  namespace: 'team/one',
  flags: ({ url, token }) => [`--remote_cache=${url}/team/one`, ...tokenFlags(token)],
});
testRoundTrip(overHttp);
testFaultMatrix(overHttp);

testRoundTrip(
  bazel({
    name: 'bazel (http, outputs left in the cache)',
    namespace: 'team/one',
    outputs: [],
    flags: ({ url }) => [`--remote_cache=${url}/team/one`, '--remote_download_minimal'],
  }),
);
