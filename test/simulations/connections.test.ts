import { connectionClaims } from './connection-claims.ts';
import { testClaims } from './test-claims.ts';

testClaims(connectionClaims);
