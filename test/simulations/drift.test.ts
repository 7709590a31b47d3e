import { driftClaims } from './drift-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(driftClaims);
