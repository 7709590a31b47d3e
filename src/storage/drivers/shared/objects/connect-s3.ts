import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { CacheError } from '../../../../core/index.ts';
import {
  NoObjectError,
  type ObjectBody,
  type ObjectList,
  type ObjectMetadata,
  type ObjectStore,
  RefusedError,
  type Upload,
} from './object-store.ts';
import type { S3Access } from './s3-access.ts';

/**
 * Makes a client of an S3-compatible object store by the AWS SDK, which is loaded here and not before.
 * @param socketsMax connections that it may have open.
 * @throws {CacheError} `unavailable` where the package is not installed.
 */
export async function connectS3(access: S3Access, socketsMax: number): Promise<ObjectStore> {
  return new SdkObjectStore(await loadLibrary(), access, socketsMax);
}

type Library = typeof import('@aws-sdk/client-s3');

async function loadLibrary(): Promise<Library> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    const missing = '--s3 needs the package @aws-sdk/client-s3: npm install @aws-sdk/client-s3';
    throw new CacheError('unavailable', missing, { cause: error });
  }
}

class SdkObjectStore implements ObjectStore {
  readonly #library: Library;
  readonly #access: S3Access;
  readonly #client: S3Client;

  constructor(library: Library, access: S3Access, socketsMax: number) {
    this.#library = library;
    this.#access = access;
    this.#client = quietly(
      () =>
        new library.S3Client({
          endpoint: access.endpoint,
          region: access.region,
          forcePathStyle: access.isPathStyle,
          // Other stores refuse the trailers that carry checksums, and bodies are compared here.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
          // Retries are made by whoever calls, within a budget.
          maxAttempts: 1,
          requestHandler: {
            connectionTimeout: 3_000,
            socketAcquisitionWarningTimeout: 2 ** 30,
            httpAgent: { maxSockets: socketsMax, keepAlive: true },
            httpsAgent: { maxSockets: socketsMax, keepAlive: true },
          },
        }),
    );
  }

  async put(
    name: string,
    bytes: Uint8Array,
    metadata: ObjectMetadata,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const command = new this.#library.PutObjectCommand({
      ...this.#at(name),
      ...this.#created(metadata),
      Body: bytes,
      ContentLength: bytes.byteLength,
    });
    await settled(this.#client.send(command, { abortSignal }));
  }

  async begin(name: string, metadata: ObjectMetadata, abortSignal: AbortSignal): Promise<string> {
    const command = new this.#library.CreateMultipartUploadCommand({
      ...this.#at(name),
      ...this.#created(metadata),
    });
    const { UploadId } = await settled(this.#client.send(command, { abortSignal }));
    if (UploadId === undefined) throw new Error('S3 gave no upload id');
    return UploadId;
  }

  async putPart(
    { name, id }: Upload,
    number: number,
    bytes: Uint8Array,
    abortSignal: AbortSignal,
  ): Promise<string> {
    const command = new this.#library.UploadPartCommand({
      ...this.#at(name),
      UploadId: id,
      PartNumber: number,
      Body: bytes,
      ContentLength: bytes.byteLength,
    });
    const { ETag } = await settled(this.#client.send(command, { abortSignal }));
    if (ETag === undefined) throw new Error('S3 gave no tag for a part');
    return ETag;
  }

  async complete(
    { name, id }: Upload,
    tags: readonly string[],
    abortSignal: AbortSignal,
  ): Promise<void> {
    const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const command = new this.#library.CompleteMultipartUploadCommand({
      ...this.#at(name),
      UploadId: id,
      MultipartUpload: { Parts },
    });
    await settled(this.#client.send(command, { abortSignal }));
  }

  async abandon({ name, id }: Upload, abortSignal: AbortSignal): Promise<void> {
    const command = new this.#library.AbortMultipartUploadCommand({
      ...this.#at(name),
      UploadId: id,
    });
    await settled(this.#client.send(command, { abortSignal }));
  }

  async get(
    name: string,
    startBytes: number,
    endBytes: number,
    abortSignal: AbortSignal,
  ): Promise<ObjectBody> {
    const command = new this.#library.GetObjectCommand({
      ...this.#at(name),
      Range: `bytes=${startBytes}-${endBytes - 1}`,
    });
    return bodyOf(await settled(this.#client.send(command, { abortSignal })));
  }

  async list(after: string | undefined, abortSignal: AbortSignal): Promise<ObjectList> {
    const { bucket: Bucket, prefix: Prefix } = this.#access;
    // The first version of this request, whose place to go on is a name: every store knows it.
    const command = new this.#library.ListObjectsCommand({
      Bucket,
      Prefix,
      ...(after === undefined ? {} : { Marker: Prefix + after }),
    });
    const answer = await settled(this.#client.send(command, { abortSignal }));
    const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
      name: Key.slice(Prefix.length),
      sizeBytes: Size,
      storedAtMs: LastModified?.getTime() ?? 0,
    }));
    return { objects, next: answer.IsTruncated === true ? objects.at(-1)?.name : undefined };
  }

  async metadata(name: string, abortSignal: AbortSignal): Promise<ObjectMetadata> {
    const command = new this.#library.HeadObjectCommand(this.#at(name));
    const { Metadata = {} } = await settled(this.#client.send(command, { abortSignal }));
    return Metadata;
  }

  async delete(names: readonly string[], abortSignal: AbortSignal): Promise<void> {
    const Objects = names.map((name) => ({ Key: this.#at(name).Key }));
    const command = new this.#library.DeleteObjectsCommand({
      Bucket: this.#access.bucket,
      Delete: { Objects, Quiet: true },
    });
    const { Errors = [] } = await settled(this.#client.send(command, { abortSignal }));
    const [error] = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
    if (error !== undefined) throw new Error(`S3 did not delete an object: ${error.Message}`);
  }

  async check(abortSignal: AbortSignal): Promise<void> {
    const command = new this.#library.HeadBucketCommand({ Bucket: this.#access.bucket });
    await settled(this.#client.send(command, { abortSignal }));
  }

  close(): void {
    this.#client.destroy();
  }

  #at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#access.bucket, Key: this.#access.prefix + name };
  }

  #created(metadata: ObjectMetadata) {
    const { encryption, kmsKeyId } = this.#access;
    return {
      Metadata: { ...metadata },
      ContentType: 'application/octet-stream',
      ...(encryption === undefined ? {} : { ServerSideEncryption: encryption }),
      ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    };
  }
}

/**
 * The SDK warns on stderr of each Node that it will not support for long, once in a process, when its
 * first client is made. Which Node to run is for the users of the program to decide, not of its parts.
 */
function quietly<T>(make: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return make();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function bodyOf({ Body }: GetObjectCommandOutput): ObjectBody {
  const stream = Body as NodeJS.ReadableStream | undefined;
  if (stream === undefined) throw new Error('S3 sent no body');
  // It fails where nobody reads it, too.
  stream.on('error', () => {});
  return {
    bytes: stream as unknown as AsyncIterable<Uint8Array>,
    destroy: () => {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
    },
  };
}

/** Sorts what the SDK throws by whether it may pass. */
async function settled<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { status, name, message } = described(error);
    if (name === 'NoSuchKey' || name === 'NotFound')
      throw new NoObjectError(message, { cause: error });
    const mayPass = status === 408 || status === 429 || name === 'RequestTimeout';
    const isRefusal = status >= 400 && status < 500 && !mayPass;
    if (isRefusal) throw new RefusedError(`${status} ${name}: ${message}`, { cause: error });
    const shown = status === 0 ? message : `${status} ${name}: ${message}`;
    throw new Error(shown, { cause: error });
  }
}

function described(error: unknown): { status: number; name: string; message: string } {
  if (!(error instanceof Error)) return { status: 0, name: '', message: String(error) };
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { status: $metadata?.httpStatusCode ?? 0, name: error.name, message: error.message };
}
