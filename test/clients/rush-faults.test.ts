import { testFaultMatrix } from './fault-matrix.ts';
import { rush } from './rush.ts';

// Apart from rush.test.ts: Rush asks for each miss three times, with waits between.
testFaultMatrix(rush({ name: 'rush', allowsWarnings: true }));
