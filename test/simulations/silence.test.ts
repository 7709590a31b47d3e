import { silenceClaims } from './silence-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(silenceClaims);
