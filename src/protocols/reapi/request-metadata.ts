import { decodeMessage } from '../shared/protobuf/decode-message.ts';
import { RequestMetadataSchema } from '../shared/protobuf/generated/remote-execution.pb.ts';

/** The header in which clients say who they are and what they build. */
export const requestMetadataHeader = 'build.bazel.remote.execution.v2.requestmetadata-bin';

/** What a client says about itself. These are claims, for logs; nothing is granted on them. */
export interface ClientMetadata {
  readonly toolName: string;
  readonly toolVersion: string;
  readonly actionId: string;
  readonly invocationId: string;
}

/** Reads the header's base64; `undefined` where there is none, or it is not such a message. */
export function parseRequestMetadata(text: string | undefined): ClientMetadata | undefined {
  if (text === undefined || text.length > headerCharsMax) return undefined;
  try {
    const metadata = decodeMessage(RequestMetadataSchema, Buffer.from(text, 'base64'));
    return {
      toolName: metadata.toolDetails?.toolName ?? '',
      toolVersion: metadata.toolDetails?.toolVersion ?? '',
      actionId: metadata.actionId,
      invocationId: metadata.toolInvocationId,
    };
  } catch {
    return undefined;
  }
}

const headerCharsMax = 8192;
