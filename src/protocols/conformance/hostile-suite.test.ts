import { startSuiteServer } from '../../testing/start-suite-server.ts';
import { describeHostility, describeOddRequests, hostileTargets } from './index.ts';

for (const target of hostileTargets) {
  describeHostility(target, startSuiteServer);
  // The content store takes bytes under their own hash only, so `hello` cannot be stored there.
  if (!target.name.includes('cas')) describeOddRequests(target, startSuiteServer);
}
