import { z } from 'zod';
import type { Parsed } from './all-options.ts';
import type { Options } from './option.ts';

/** How a key is called where the user wrote it: `--clients`, or a key of a file. */
export type KeyLabel = (key: string) => string;

/**
 * Checks each key by itself; texts become what they mean, nothing is filled in. `values` is
 * undefined where there are problems, each worded as "KEY must be WHAT; got VALUE".
 */
export function checkOptions<O extends Options>(
  options: O,
  given: unknown,
  labelOf: KeyLabel,
): { readonly values: Parsed<O> | undefined; readonly problems: string[] } {
  const shape = Object.fromEntries(
    Object.entries(options).map(([key, { schema }]) => [key, schema.optional()]),
  );
  const result = z.strictObject(shape).safeParse(given);
  // The shape is that of the options, which the compiler can't see through `fromEntries`.
  if (result.success) return { values: result.data as Parsed<O>, problems: [] };
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(
        (key) => `${labelOf([...issue.path, key].join('.'))} is not a known key`,
      );
    }
    const key = String(issue.path[0] ?? '');
    const isSecret = options[key]?.mayBeSecret === true;
    const got = isSecret ? 'something else' : shown(given, issue.path);
    return [`${labelOf(key)} must be ${issue.message}; got ${got}`];
  });
  return { values: undefined, problems };
}

function shown(given: unknown, path: readonly PropertyKey[]): string {
  let value = given;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
