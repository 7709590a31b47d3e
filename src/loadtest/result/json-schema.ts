import { z } from 'zod';
import { runResultSchema } from './model/run.ts';
import { suiteFileSchema } from './model/suite.ts';

/** The JSON Schema of the result file: one run, or a suite of runs. Committed as docs/result.schema.json. */
export function resultJsonSchema(): object {
  const runs = z.registry<{ id: string }>();
  runs.add(runResultSchema, { id: 'run' });
  runs.add(suiteFileSchema, { id: 'suite' });
  const { schemas } = z.toJSONSchema(runs, { uri: (id) => `#/$defs/${id}` });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'MemoBuild load test result',
    description:
      'The file that memobuild loadtest --output writes: one run, or with --scenarios a suite.',
    oneOf: [{ $ref: '#/$defs/run' }, { $ref: '#/$defs/suite' }],
    $defs: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)])),
  };
}

/** A definition inside a document is addressed by its place, not by an identity of its own. */
function bare(schema: object): object {
  const {
    $schema: _dialect,
    $id: _identity,
    id: _name,
    ...rest
  } = schema as Record<string, unknown>;
  return rest;
}
