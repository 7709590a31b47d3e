/** How an S3-compatible object store is reached. Credentials come from where the AWS SDK looks for them. */
export interface S3Access {
  /** Its address: `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Whether the bucket is in the path of addresses, and not in their host. */
  readonly isPathStyle: boolean;
  /** What names of objects begin with. */
  readonly prefix: string;
  /** How the store encrypts objects; `undefined`: as the bucket says. */
  readonly encryption?: 'AES256' | 'aws:kms' | undefined;
  /** The key for `aws:kms`; `undefined`: the account's. */
  readonly kmsKeyId?: string | undefined;
}

export const defaultRegion = 'us-east-1';

/** For messages about {@link parseS3Endpoint}. */
export const s3EndpointTakes =
  'https://HOST[:PORT] or http://HOST[:PORT], without a user or password';

/** @returns the address as it is used; `undefined` for what is none. */
export function parseS3Endpoint(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    (url?.protocol === 'https:' || url?.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '';
  return isPlain ? url.origin : undefined;
}

/** The bucket as messages show it. */
export function showS3({ endpoint, bucket }: S3Access): string {
  return `${endpoint}/${bucket}`;
}
