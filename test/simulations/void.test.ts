import { testClaims } from './test-claims.ts';
import { voidClaims } from './void-claims.ts';

testClaims(voidClaims);
