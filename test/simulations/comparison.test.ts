import { comparisonClaims } from './comparison-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(comparisonClaims);
