import { scalabilityClaims } from './scalability-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(scalabilityClaims);
