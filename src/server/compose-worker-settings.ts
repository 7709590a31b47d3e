import { z } from 'zod';
import { isServeConfig, type ServeConfig } from '../config/index.ts';
import type { Credential } from './access/auth.ts';
import type { TlsIdentity } from './listener/listener.ts';
import type { TraceSettings } from './recording/index.ts';

const credentialSchema = z.strictObject({
  name: z.string(),
  scheme: z.enum(['bearer', 'basic']),
  secretSha256: z.string(),
  scope: z.enum(['read', 'write']),
}) satisfies z.ZodType<Credential>;

const tlsSchema = z.strictObject({
  cert: z.string(),
  key: z.string(),
}) satisfies z.ZodType<TlsIdentity>;

const traceSchema = z.strictObject({
  path: z.string(),
  sizeBytesMax: z.number(),
  startedAtMs: z.number(),
  secret: z.string(),
}) satisfies z.ZodType<TraceSettings>;

const workerSettingsSchema = z.strictObject({
  config: z.custom<ServeConfig>(isServeConfig, 'must have a value for every setting'),
  /** `null`: everybody may do everything. */
  credentials: z.array(credentialSchema).readonly().nullable(),
  /** `null`: no TLS. */
  tls: tlsSchema.nullable(),
  /** `null`: nothing is recorded. */
  trace: traceSchema.nullable(),
});

/**
 * All that a worker needs, as plain data: the primary reads the files and sends what they say. What
 * is not there is `null`: a message between processes drops `undefined`, and without credentials a
 * server is open to all, so a part that was forgotten must not look like one that was left out.
 */
export type WorkerSettings = Readonly<z.output<typeof workerSettingsSchema>>;

/** Reads the settings that the primary sent. @throws {z.ZodError} which names what is missing or wrong. */
export function parseWorkerSettings(sent: unknown): WorkerSettings {
  return workerSettingsSchema.parse(sent);
}
