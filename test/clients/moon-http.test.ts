import { testFaultMatrix } from './fault-matrix.ts';
import { moon } from './moon.ts';
import { testRoundTrip } from './round-trip.ts';

const overHttp = moon({
  name: 'moon (http)',
  namespace: 'team-one',
  api: 'http',
  host: ({ url }) => url,
});
testRoundTrip(overHttp);
testFaultMatrix(overHttp);

// Over HTTP moon 2 compresses no upload, whatever this setting is.
testRoundTrip(
  moon({
    name: 'moon (http, zstd)',
    namespace: 'team-one',
    api: 'http',
    host: ({ url }) => url,
    compression: 'zstd',
  }),
);

// Its paths then begin with two slashes.
testRoundTrip(
  moon({
    name: 'moon (http, no instance name)',
    namespace: '',
    api: 'http',
    host: ({ url }) => url,
  }),
);
