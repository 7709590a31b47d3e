import { testFaultMatrix } from './fault-matrix.ts';
import { testRoundTrip } from './round-trip.ts';
import { turbo } from './turbo.ts';

testRoundTrip(turbo);
testFaultMatrix(turbo);
