import type { Row } from '../framework/row.ts';
import { smallHits } from './small-hits.ts';

/** Every row of the table, in the order of the targets. */
export const rows: readonly Row[] = [...smallHits];
