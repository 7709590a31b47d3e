import { duration, oneOf, type SettingsOf, text, yesOrNo } from '../../../core/settings/index.ts';
import {
  defaultRegion,
  parseS3Endpoint,
  type S3Access,
  s3EndpointTakes,
} from './objects/s3-access.ts';
import { defaultGraceMs, defaultS3TimeoutMs } from './options.ts';

/** The settings of the shared store that say where larger bodies go. */
export interface S3Settings {
  readonly s3: string | undefined;
  readonly bucket: string | undefined;
  readonly s3Region: string;
  readonly s3PathStyle: boolean;
  /** `undefined`: the name of the store in Redis, and a slash. */
  readonly s3Prefix: string | undefined;
  readonly s3Encryption: 'none' | 'AES256' | 'aws:kms';
  readonly s3KmsKey: string | undefined;
  readonly s3TimeoutMs: number;
  readonly s3GraceMs: number;
}

export const s3Settings: SettingsOf<S3Settings> = {
  s3: {
    name: 's3',
    read: parseS3Endpoint,
    takes: s3EndpointTakes,
    defaultValue: undefined,
    about: 'address of the S3-compatible store for bodies above --inline-max',
    flag: '--s3 <url>',
    needsRestart: true,
  },
  bucket: {
    name: 'bucket',
    read: (given) => (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(given) ? given : undefined),
    takes: 'the name of a bucket',
    defaultValue: undefined,
    about: 'bucket of --s3; credentials come from where the AWS SDK looks for them',
    flag: '--bucket <name>',
    needsRestart: true,
  },
  s3Region: {
    name: 's3Region',
    ...text('the name of a region'),
    defaultValue: defaultRegion,
    about: 'region of --s3',
    flag: '--s3-region <name>',
    needsRestart: true,
  },
  s3PathStyle: {
    name: 's3PathStyle',
    ...yesOrNo(),
    defaultValue: true,
    about: 'whether the bucket is in the path of addresses, and not in their host',
    needsRestart: true,
  },
  s3Prefix: {
    name: 's3Prefix',
    read: (given) => (/^[\w.-][\w./-]{0,199}$/.test(given) ? given : undefined),
    takes: 'up to 200 letters, digits and any of _ . - /',
    defaultValue: undefined,
    about: 'what names of objects begin with; default: --redis-prefix and a slash',
    flag: '--s3-prefix <text>',
    needsRestart: true,
  },
  s3Encryption: {
    name: 's3Sse',
    ...oneOf(['none', 'AES256', 'aws:kms']),
    defaultValue: 'none',
    about: 'how --s3 is to encrypt objects; none leaves it to the bucket',
    flag: '--s3-sse <how>',
    needsRestart: true,
  },
  s3KmsKey: {
    name: 's3KmsKey',
    ...text('the id of a key'),
    defaultValue: undefined,
    about: 'key for --s3-sse aws:kms; default: that of the account',
    flag: '--s3-kms-key <id>',
    needsRestart: true,
  },
  s3TimeoutMs: {
    name: 's3Timeout',
    ...duration(100),
    defaultValue: defaultS3TimeoutMs,
    about: 'how long one attempt of a request to S3, or the wait for more of a body, may take',
    needsRestart: true,
  },
  s3GraceMs: {
    name: 's3Grace',
    ...duration(0),
    defaultValue: defaultGraceMs,
    about: 'how long an object stays in the bucket after its entry, so that readers end',
    needsRestart: true,
  },
};

/** @returns `undefined` where there is no object store. */
export function s3AccessOf(
  settings: S3Settings & { readonly redisPrefix: string },
): S3Access | undefined {
  const { s3: endpoint, bucket, s3Encryption } = settings;
  if (endpoint === undefined || bucket === undefined) return undefined;
  return {
    endpoint,
    bucket,
    region: settings.s3Region,
    isPathStyle: settings.s3PathStyle,
    prefix: settings.s3Prefix ?? `${settings.redisPrefix}/`,
    encryption: s3Encryption === 'none' ? undefined : s3Encryption,
    kmsKeyId: settings.s3KmsKey,
  };
}
