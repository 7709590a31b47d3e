import { percentileClaims } from './percentile-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(percentileClaims);
