import { z } from 'zod';
import type { ServerStats } from '../shared/server-stats.ts';
import { nameCharsMax } from './limits.ts';

// Loaded for the OpenAPI document, by clients and by tests: the server reads bodies with wire.ts.

const space = z.enum(['ac', 'cas']).describe('ac = action cache, cas = content store');
const namespace = z
  .string()
  .max(nameCharsMax)
  .regex(/^\P{Cc}*$/u)
  .describe('Namespace; empty if none is used. The content store has none.');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const actionKey = z
  .string()
  .min(1)
  .max(nameCharsMax)
  .regex(/^\P{Cc}+$/u);
const count = z.int().min(0);

/** Body of exists, lookup and fetch. */
export const keyBatchSchema: z.ZodType = z.discriminatedUnion('space', [
  z.strictObject({
    space: z.literal('cas'),
    namespace: namespace.optional(),
    keys: z.array(sha256),
  }),
  z.strictObject({
    space: z.literal('ac'),
    namespace: namespace.optional(),
    keys: z.array(actionKey),
  }),
]);

export const existsAnswerSchema: z.ZodType = z.strictObject({
  missing: z.array(z.string()).describe('Those of the keys that are absent, in the order asked.'),
});

export const lookupAnswerSchema: z.ZodType = z.strictObject({
  found: z.array(
    z.strictObject({
      key: z.string(),
      sizeBytes: count,
      sha256,
      storedAtMs: z.number().describe('Milliseconds since the epoch.'),
    }),
  ),
  missing: z.array(z.string()),
});

/** Body of purge: what is to be deleted. */
export type PurgeRequest =
  | {
      readonly what: 'key';
      readonly space: 'ac' | 'cas';
      readonly namespace?: string | undefined;
      readonly key: string;
    }
  | { readonly what: 'namespace'; readonly namespace: string }
  | { readonly what: 'unused'; readonly forMs: number }
  | { readonly what: 'older'; readonly thanMs: number };

export const purgeSchema: z.ZodType<PurgeRequest> = z.union([
  z.strictObject({
    what: z.literal('key'),
    space: z.literal('cas'),
    namespace: namespace.optional(),
    key: sha256,
  }),
  z.strictObject({
    what: z.literal('key'),
    space: z.literal('ac'),
    namespace: namespace.optional(),
    key: actionKey,
  }),
  z.strictObject({ what: z.literal('namespace'), namespace }),
  z.strictObject({ what: z.literal('unused'), forMs: count }),
  z.strictObject({ what: z.literal('older'), thanMs: count }),
]);

/** What was deleted. */
export interface PurgeAnswer {
  readonly entries: number;
  readonly sizeBytes: number;
}

// Readers of an answer pass over what a newer server adds to it.

export const purgeAnswerSchema: z.ZodType<PurgeAnswer> = z.object({
  entries: count,
  sizeBytes: count,
});

const totals = {
  hits: count,
  misses: count,
  hitRate: z.number().min(0).max(1).nullable(),
  hitBytes: count,
  writes: count,
  writtenBytes: count,
};

export const statsSchema: z.ZodType<ServerStats> = z.object({
  software: z.object({ name: z.literal('memobuild'), version: z.string() }),
  uptimeMs: count,
  workersReplaced: count,
  lookups: z.array(z.object({ namespace: z.string(), space, ...totals })),
  totals: z.object({ ac: z.object(totals), cas: z.object(totals) }),
  store: z.object({
    entries: count,
    sizeBytes: count,
    maxBytes: count,
    evictedEntries: count,
    evictedBytes: count,
    damagedEntries: count,
    reservedBytes: count.describe('Set aside for bodies that are being stored.'),
  }),
  requests: z.array(z.object({ route: z.string(), method: z.string(), status: count, count })),
  processes: z.array(
    z.object({
      pid: count,
      role: z.enum(['primary', 'worker']),
      uptimeMs: count,
      rssBytes: count,
      privateBytes: count.describe('Without the pages of memory-mapped files.'),
      cpuMs: count,
      connectionsOpen: count,
      requestsInFlight: count,
    }),
  ),
});

export const errorSchema: z.ZodType = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
});
