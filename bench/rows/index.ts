import type { Row } from '../framework/row.ts';
import { batch } from './batch.ts';
import { blobs } from './blobs.ts';
import { churn } from './churn.ts';
import { generator } from './generator.ts';
import { growth } from './growth.ts';
import { reapiBlobs } from './reapi-blobs.ts';
import { reapiLookups } from './reapi-lookups.ts';
import { smallHits } from './small-hits.ts';
import { start } from './start.ts';
import { store } from './store.ts';
import { wholeSystem } from './whole-system.ts';
import { writes } from './writes.ts';

/** Every row of the table, in the order of the targets. */
export const rows: readonly Row[] = [
  ...smallHits,
  ...wholeSystem,
  ...writes,
  ...store,
  ...blobs,
  ...batch,
  ...churn,
  ...generator,
  ...growth,
  ...start,
  ...reapiLookups,
  ...reapiBlobs,
];
