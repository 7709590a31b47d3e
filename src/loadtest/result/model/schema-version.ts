import { z } from 'zod';

/** Version of the result file. It rises when a key changes its meaning or goes, not when one is added. */
export const resultSchemaVersion = 2;

export const schemaVersion = z
  .literal(resultSchemaVersion)
  .describe('version of the file: it increases when a key changes its meaning or is removed');
