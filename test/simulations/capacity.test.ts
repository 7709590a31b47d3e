import { capacityClaims } from './capacity-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(capacityClaims);
