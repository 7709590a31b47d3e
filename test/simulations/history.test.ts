import { historyClaims } from './history-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(historyClaims);
