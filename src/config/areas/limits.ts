import { duration, integer, type SettingsOf, size } from '../../core/settings/index.ts';

/** What bounds a connection and a request. */
export interface LimitsConfig {
  readonly headerBytesMax: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectionsMax: number;
  readonly bodyIdleTimeoutMs: number;
  readonly bodyBytesPerSecMin: number;
  readonly responseIdleTimeoutMs: number;
  readonly outputPerConnectionBytesMax: number;
  readonly outputPerProcessBytesMax: number;
  readonly leftoverBytesMax: number;
  readonly leftoverBytesPerSecMin: number;
  readonly leftoverTimeoutMs: number;
  readonly batchKeysMax: number;
  readonly batchBodyBytesMax: number;
}

export const defaultLimits: LimitsConfig = {
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  // Longer than the minute after which common clients and balancers drop a pooled connection.
  keepAliveTimeoutMs: 75_000,
  connectionsMax: 10_000,
  bodyIdleTimeoutMs: 30_000,
  bodyBytesPerSecMin: 1024,
  responseIdleTimeoutMs: 60_000,
  outputPerConnectionBytesMax: 4 * 2 ** 20,
  outputPerProcessBytesMax: 256 * 2 ** 20,
  leftoverBytesMax: 16 * 2 ** 20,
  leftoverBytesPerSecMin: 16 * 1024,
  leftoverTimeoutMs: 30_000,
  batchKeysMax: 50_000,
  batchBodyBytesMax: 8 * 2 ** 20,
};

export const limitsSettings: SettingsOf<LimitsConfig> = {
  headerBytesMax: {
    name: 'headerSize',
    ...size(1024),
    defaultValue: defaultLimits.headerBytesMax,
    about: 'largest request head; a larger one gets 431',
  },
  headersTimeoutMs: {
    name: 'headersTimeout',
    ...duration(100),
    defaultValue: defaultLimits.headersTimeoutMs,
    about: 'timeout for a request head; then 408',
  },
  keepAliveTimeoutMs: {
    name: 'keepAliveTimeout',
    ...duration(1000),
    defaultValue: defaultLimits.keepAliveTimeoutMs,
    about: 'how long an idle connection is kept open',
  },
  connectionsMax: {
    name: 'connections',
    ...integer(1, 1_000_000),
    defaultValue: defaultLimits.connectionsMax,
    about: 'open connections per worker; further ones are closed on arrival',
  },
  bodyIdleTimeoutMs: {
    name: 'bodyIdleTimeout',
    ...duration(100),
    defaultValue: defaultLimits.bodyIdleTimeoutMs,
    about: 'longest pause within a request body; then 408',
  },
  bodyBytesPerSecMin: {
    name: 'bodyRate',
    ...size(),
    defaultValue: defaultLimits.bodyBytesPerSecMin,
    about:
      'lowest average rate, in bytes per second, of a body that takes longer than bodyIdleTimeout',
  },
  responseIdleTimeoutMs: {
    name: 'responseIdleTimeout',
    ...duration(100),
    defaultValue: defaultLimits.responseIdleTimeoutMs,
    about: 'timeout for a client that does not read its answer',
  },
  outputPerConnectionBytesMax: {
    name: 'outputPerConnection',
    ...size(1024),
    defaultValue: defaultLimits.outputPerConnectionBytesMax,
    about:
      'bytes of answers that may wait for one client to read them; above it, no further request of that connection begins',
  },
  outputPerProcessBytesMax: {
    name: 'outputPerProcess',
    ...size(2 ** 20),
    defaultValue: defaultLimits.outputPerProcessBytesMax,
    about:
      'bytes of answers that may wait in one worker for all its clients; above it, the connection that has waited longest is closed',
  },
  leftoverBytesMax: {
    name: 'leftoverSize',
    ...size(),
    defaultValue: defaultLimits.leftoverBytesMax,
    about: 'how much of a rejected gRPC call is read before it is closed',
  },
  leftoverBytesPerSecMin: {
    name: 'leftoverRate',
    ...size(),
    defaultValue: defaultLimits.leftoverBytesPerSecMin,
    about:
      'lowest rate, in bytes per second, at which a rejected body is still read, so that its sender sees the answer',
  },
  leftoverTimeoutMs: {
    name: 'leftoverTimeout',
    ...duration(),
    defaultValue: defaultLimits.leftoverTimeoutMs,
    about: 'longest time for which a rejected body is read',
  },
  batchKeysMax: {
    name: 'batchKeys',
    ...integer(1, 1_000_000),
    defaultValue: defaultLimits.batchKeysMax,
    about: 'most keys per request to /api/v1',
  },
  batchBodyBytesMax: {
    name: 'batchBodySize',
    ...size(1024),
    defaultValue: defaultLimits.batchBodyBytesMax,
    about: 'largest request body for /api/v1',
  },
};
