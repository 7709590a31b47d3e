import { startSuiteServer } from '../../testing/start-suite-server.ts';
import { allProtocols, describeProtocol } from './index.ts';

for (const protocol of allProtocols) describeProtocol(protocol, startSuiteServer);
