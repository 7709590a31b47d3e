import { testFaultMatrix, testLargeRefusal } from './fault-matrix.ts';
import { testRoundTrip } from './round-trip.ts';
import { turbo, turborepo } from './turbo.ts';

testRoundTrip(turbo);
testFaultMatrix(turbo);
testLargeRefusal(turbo);
// The signature goes and comes in a header; without it the second build would be a miss.
testRoundTrip(turborepo('turbo (signed)', { signature: true }));
testRoundTrip(turborepo('turbo (preflight)', { preflight: true }));
// Names of teams as people have them.
for (const slug of ['@scope/web', '_my team', 'a'.repeat(60)]) {
  testRoundTrip(turborepo(`turbo (slug ${slug})`, {}, { TURBO_TEAM: slug }));
}
