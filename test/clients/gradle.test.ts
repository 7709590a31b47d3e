import { testFaultMatrix } from './fault-matrix.ts';
import { gradle } from './gradle.ts';
import { testRoundTrip } from './round-trip.ts';

testRoundTrip(gradle);
testFaultMatrix(gradle);
