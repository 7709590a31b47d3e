import { ccacheWays } from './ccache.ts';
import { testFaultMatrix } from './fault-matrix.ts';
import { testRoundTrip } from './round-trip.ts';

for (const way of ccacheWays) {
  testRoundTrip(way);
  testFaultMatrix(way);
}
