import { fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { CacheError, messageOf } from '../../core/index.ts';
import { parseJson } from '../shared/json-body.ts';
import { decodeMessage } from '../shared/protobuf/decode-message.ts';
import { ActionResultSchema } from '../shared/protobuf/generated/remote-execution.pb.ts';

/*
 * moon speaks Bazel's HTTP protocol with action results in proto3's JSON form. They are stored in
 * the binary form, so that one action cache serves moon, Bazel and gRPC clients alike.
 */

/** Largest action result taken as JSON, which is read whole. */
export const jsonBytesMax: number = 16 * 2 ** 20;

/**
 * The binary form of an action result in JSON. A field that is not known here would not come back,
 * so that a body with one is refused: moon before 2.5 sends a manifest of its own.
 * @throws {CacheError} `bad_request`, `too_large`.
 */
export function actionResultFromJson(text: Uint8Array): Uint8Array {
  try {
    const json = parseJson(text) as JsonValue;
    const message = fromJson(ActionResultSchema, json);
    return toBinary(ActionResultSchema, message);
  } catch (error) {
    if (error instanceof CacheError && error.code === 'too_large') throw error;
    throw new CacheError(
      'bad_request',
      `the body is not an ActionResult in JSON: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The JSON form of stored bytes; `undefined` where they are not an action result, or one of more
 * fields than are taken.
 */
export function actionResultToJson(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const message = decodeMessage(ActionResultSchema, bytes);
    if (message.executionMetadata !== undefined) {
      // Messages of any type: their JSON form needs descriptors that are not at hand here.
      message.executionMetadata.auxiliaryMetadata = [];
    }
    return Buffer.from(JSON.stringify(toJson(ActionResultSchema, message)));
  } catch {
    return undefined;
  }
}
