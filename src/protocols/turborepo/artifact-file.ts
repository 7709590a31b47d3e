import { CacheError } from '../../core/index.ts';
import { headerOf, type RequestHeaders, type ResponseHeaders } from '../shared/universal.ts';
import { type ArtifactMetadata, metadataHeaders, metadataValueCharsMax } from './wire.ts';

/*
 * How an artifact is stored: its metadata before its bytes, as one entry, so that neither is ever
 * there without the other, and one SHA-256 covers both.
 *
 *   4 bytes  'MTA1'
 *   4 bytes  length of the metadata, big-endian
 *   n bytes  metadata: JSON of ArtifactMetadata, UTF-8
 *   …        the artifact as it came
 */
const magic = Buffer.from('MTA1');
const preludeBytes = 8;

/** Longest metadata, as JSON: all headers at their longest, every character escaped. */
const metadataBytesMax: number =
  Object.keys(metadataHeaders).length * (metadataValueCharsMax * 6 + 32);

/** The longest header that {@link artifactHeader} makes. */
export const artifactHeaderBytesMax: number = preludeBytes + metadataBytesMax;

/** The header before an artifact's bytes. */
export function artifactHeader(metadata: ArtifactMetadata): Buffer {
  const json = Buffer.from(JSON.stringify(metadata));
  const prelude = Buffer.alloc(preludeBytes);
  magic.copy(prelude);
  prelude.writeUInt32BE(json.length, magic.length);
  return Buffer.concat([prelude, json]);
}

/** The header at the start of stored bytes. */
export interface ArtifactHeader {
  readonly metadata: ArtifactMetadata;
  /** Where the artifact's own bytes begin. */
  readonly sizeBytes: number;
}

/**
 * Reads the header off the first bytes of an entry; `undefined` where more of them are needed.
 * @throws {CacheError} `damaged` when they are not such a header.
 */
export function readArtifactHeader(bytes: Uint8Array): ArtifactHeader | undefined {
  if (bytes.byteLength < preludeBytes) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonBytes = view.readUInt32BE(magic.length);
  if (!view.subarray(0, magic.length).equals(magic) || jsonBytes > metadataBytesMax) {
    throw new CacheError('damaged', 'a stored artifact does not begin with its metadata');
  }
  const sizeBytes = preludeBytes + jsonBytes;
  if (view.length < sizeBytes) return undefined;
  return { metadata: parseMetadata(view.toString('utf8', preludeBytes, sizeBytes)), sizeBytes };
}

/** Reads it as untrusted input: the header of a large artifact is sent before its hash is known to match. */
function parseMetadata(json: string): ArtifactMetadata {
  try {
    const parsed = JSON.parse(json) as Record<string, unknown>;
    const isSound = Object.entries(parsed).every(([name, value]) =>
      name === 'durationMs' ? Number.isSafeInteger(value) : isHeaderValue(value),
    );
    if (isSound) return parsed;
  } catch {
    // Falls through: the parser's reason would not help.
  }
  throw new CacheError('damaged', "a stored artifact's metadata does not parse");
}

function isHeaderValue(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length <= metadataValueCharsMax && /^[ -~]+$/.test(value)
  );
}

/**
 * What a request's headers say about its artifact.
 * @throws {CacheError} `bad_request` for a duration that is not a whole number, and for values too long
 * or not printable: they are sent back as headers.
 */
export function metadataOf(headers: RequestHeaders): ArtifactMetadata {
  const metadata: Record<string, string | number> = {};
  for (const [name, header] of Object.entries(metadataHeaders)) {
    const value = headerOf(headers, header);
    if (value === undefined || value === '') continue;
    if (!isHeaderValue(value)) {
      throw new CacheError(
        'bad_request',
        `${header} must be up to ${metadataValueCharsMax} printable ASCII characters`,
      );
    }
    metadata[name] = name === 'durationMs' ? wholeNumber(header, value) : value;
  }
  return metadata;
}

/** The headers that an answer with this artifact carries. */
export function headersOf(metadata: ArtifactMetadata): ResponseHeaders {
  const headers: Record<string, string | number> = {};
  for (const [name, header] of Object.entries(metadataHeaders)) {
    const value = metadata[name as keyof ArtifactMetadata];
    if (value !== undefined) headers[header] = value;
  }
  return headers;
}

function wholeNumber(header: string, value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new CacheError('bad_request', `${header} must be whole milliseconds, got ${value}`);
}
