import { testFaultMatrix, testLargeRefusal } from './fault-matrix.ts';
import { gradle } from './gradle.ts';
import { testRoundTrip } from './round-trip.ts';

testRoundTrip(gradle);
testFaultMatrix(gradle);
// Gradle sends all of a body before it reads the answer. Where the connection ends meanwhile, it
// sends the body again and reports that the entry had been stored.
testLargeRefusal(gradle, { sizeBytes: 40 * 2 ** 20, says: /response status 413/ });
