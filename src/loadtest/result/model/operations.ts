import { z } from 'zod';
import { failureKinds } from '../../../protocols/shared/load-client.ts';
import { amount, type ReadonlyDeep } from './fields.ts';

export const operationsSchema = z
  .object({
    total: amount('completed operations'),
    successful: amount('operations that succeeded'),
    failed: amount('operations that failed'),
  })
  .describe('completed operations, dropped ones included');

export const failureKindSchema = z.enum(failureKinds);

/** How many operations ended, and how. */
export type OperationsResult = ReadonlyDeep<z.infer<typeof operationsSchema>>;
