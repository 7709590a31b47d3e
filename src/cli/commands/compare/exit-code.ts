import type { Comparison, ComparisonReport } from '../../../loadtest/internal.ts';
import { type ExitCode, exitCodes } from '../../shared/exit-codes.ts';

/** What the answer of a comparison ends the program with. */
export function exitCodeOfComparison({ answer, comparisons, missing }: ComparisonReport): ExitCode {
  switch (answer) {
    case 'regression':
      return exitCodes.fail;
    case 'no regression':
      return exitCodes.ok;
    case 'inconclusive':
      return exitCodes.inconclusive;
    case 'not comparable': {
      const refused = comparisons.filter((one) => one.answer === 'not comparable');
      const isMachines = missing.length === 0 && refused.length > 0 && refused.every(onlyVoid);
      return isMachines ? exitCodes.void : exitCodes.noAnswer;
    }
  }
}

/** Whether runs that the machine invalidated are all that is in the way. */
function onlyVoid({ differences, unfit }: Comparison): boolean {
  return differences.length === 0 && unfit.length > 0 && unfit.every(({ why }) => why === 'void');
}
