import { testFaultMatrix, testLargeRefusal } from './fault-matrix.ts';
import { nx } from './nx.ts';
import { testRoundTrip } from './round-trip.ts';

testRoundTrip(nx);
testFaultMatrix(nx);
testLargeRefusal(nx);
