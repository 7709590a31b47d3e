import { CacheError } from '../../core/index.ts';
import {
  contentLengthOf,
  headerOf,
  type RequestHeaders,
  type UniversalRequest,
  type UniversalResponse,
} from '../shared/universal.ts';

/** A body in the form in which it is stored. */
export interface PlainBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** `undefined` where it was not announced. */
  readonly sizeBytes: number | undefined;
}

/**
 * A request's body without its encoding: a key names identity bytes, so what came as zstd is decoded
 * before it is hashed and stored. The size of the decoded bytes may be given in `X-Digest-SizeBytes`.
 * @throws {CacheError} `bad_request` for any other encoding.
 */
export async function plainBody(
  request: UniversalRequest,
  blobBytesMax: number,
): Promise<PlainBody> {
  const { headers, body } = request;
  const encoding = (headerOf(headers, 'content-encoding') ?? 'identity').toLowerCase();
  if (encoding === 'identity') return { body, sizeBytes: contentLengthOf(headers) };
  if (encoding !== 'zstd') {
    throw new CacheError(
      'bad_request',
      `Content-Encoding must be identity or zstd, got ${encoding}`,
    );
  }
  const sizeBytes = announcedSizeOf(headers);
  if (sizeBytes !== undefined && sizeBytes > blobBytesMax) {
    throw new CacheError(
      'too_large',
      `the body has ${sizeBytes} bytes, at most ${blobBytesMax} here`,
    );
  }
  const { zstdDecompress } = await import('../shared/zstd/index.ts');
  return { body: zstdDecompress(body, { sizeBytesMax: sizeBytes ?? blobBytesMax }), sizeBytes };
}

/** Whether an answer may be sent as zstd: the client names it, and does not rule it out by `q=0`. */
export function takesZstd(headers: RequestHeaders): boolean {
  const text = headerOf(headers, 'accept-encoding');
  if (text === undefined || !text.includes('zstd')) return false;
  return text
    .split(',')
    .some((coding) => /^\s*zstd\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(coding));
}

/** Bodies below this size are sent as they are: an encoding would save no packet. */
export const encodedBytesMin = 1024;

/**
 * The same answer with its body as zstd, which has a validator of its own. Its length is not known
 * before it ends, so the listener frames it by chunks.
 */
export async function asZstd(answer: UniversalResponse, etag: string): Promise<UniversalResponse> {
  const { body } = answer;
  const { 'content-length': sizeBytes, ...headers } = answer.headers;
  if (body === undefined || Number(sizeBytes) < encodedBytesMin) return answer;
  const { zstdCompress, zstdCompressWhole } = await import('../shared/zstd/index.ts');
  const encoded = { ...headers, etag, 'content-encoding': 'zstd', vary: 'accept-encoding' };
  if (!(body instanceof Uint8Array)) {
    return { status: answer.status, headers: encoded, body: zstdCompress(body) };
  }
  const bytes = await zstdCompressWhole(body);
  return {
    status: answer.status,
    headers: { ...encoded, 'content-length': bytes.byteLength },
    body: bytes,
  };
}

function announcedSizeOf(headers: RequestHeaders): number | undefined {
  const text = headerOf(headers, 'x-digest-sizebytes');
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CacheError('bad_request', `X-Digest-SizeBytes must be a number of bytes, got ${text}`);
}
