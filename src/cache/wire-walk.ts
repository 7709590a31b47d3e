import { CacheError } from '../core/index.ts';

/**
 * Walks the fields of a Protocol Buffers message without decoding it, allocating nothing (https://protobuf.dev/programming-guides/encoding). Every action result that is
 * stored is walked, most of them of tools that store something else, so "this is not such a
 * message" must be cheap: on 1 KiB of other bytes `BinaryReader`, which says so by an error with a
 * stack, takes 5.7 µs, this 0.4.
 */

/** What to do with a length-delimited field, whose value lies between two positions; `false` ends the walk. */
export type FieldVisitor = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Visitors by field number; fields of other numbers are passed over. */
export type FieldVisitors = Readonly<Record<number, FieldVisitor>>;

/** What to do with a varint field, by field number. */
export type VarintVisitors = Readonly<Record<number, (value: number) => void>>;

/**
 * Maximum number of fields of one walk, those of the messages that its visitors walk included. Two
 * bytes can be a field, so the length alone does not bound the time. A result of as many files as
 * are looked after has fewer.
 */
export const walkFieldsMax: number = 2 ** 20;

/**
 * Visits the fields of a whole message, as {@link walkMessage} does.
 * @throws {CacheError} `too_large` for more than {@link walkFieldsMax} fields.
 */
export function walkWhole(bytes: Uint8Array, visitors: FieldVisitors): boolean {
  fieldsLeft = walkFieldsMax;
  const isWellFormed = walkMessage(bytes, 0, bytes.byteLength, visitors);
  if (fieldsLeft >= 0) return isWellFormed;
  throw new CacheError(
    'too_large',
    `an action result or a directory may have ${walkFieldsMax} fields, this one has more`,
  );
}

/**
 * Visits the fields of a message inside of another one, between two positions.
 * @returns whether it is well-formed to its last byte, its visited fields are of the type that they
 * are visited as, and all visitors agreed. Groups, which the Remote Execution API never had, count
 * as malformed.
 */
export function walkMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  visitors: FieldVisitors,
  varintVisitors: VarintVisitors = noVisitors,
): boolean {
  let at = start;
  while (at < end) {
    fieldsLeft -= 1;
    if (fieldsLeft < 0) return false;
    const tag = readVarint(bytes, at, end);
    if (tag < fieldNumberStep || tag > tagMax) return false;
    const number = Math.floor(tag / fieldNumberStep);
    const visit = visitors[number];
    const visitVarint = varintVisitors[number];
    const wireType = tag % fieldNumberStep;
    if (visit !== undefined && wireType !== lengthDelimited) return false;
    if (visitVarint !== undefined && wireType !== varint) return false;
    at = varintEnd;
    if (wireType === lengthDelimited) {
      const sizeBytes = readVarint(bytes, at, end);
      const valueEnd = varintEnd + sizeBytes;
      if (sizeBytes < 0 || valueEnd > end) return false;
      const valueStart = varintEnd;
      if (visit !== undefined && !visit(bytes, valueStart, valueEnd)) return false;
      at = valueEnd;
    } else if (wireType === varint) {
      const value = readVarint(bytes, at, end);
      if (value < 0) return false;
      visitVarint?.(value);
      at = varintEnd;
    } else if (wireType === fixed64) at += 8;
    else if (wireType === fixed32) at += 4;
    else return false;
  }
  return at === end;
}

/** Whether a longer message could begin with these bytes: its own fields are well-formed as far as they go. */
export function mayBeginMessage(bytes: Uint8Array): boolean {
  const end = bytes.byteLength;
  let at = 0;
  while (at < end) {
    const tag = readVarint(bytes, at, end);
    if (tag < 0) return end - at < varintBytesMax;
    if (tag < fieldNumberStep || tag > tagMax) return false;
    const wireType = tag % fieldNumberStep;
    at = varintEnd;
    if (wireType === lengthDelimited || wireType === varint) {
      const value = readVarint(bytes, at, end);
      if (value < 0) return end - at < varintBytesMax;
      at = wireType === varint ? varintEnd : varintEnd + value;
    } else if (wireType === fixed64) at += 8;
    else if (wireType === fixed32) at += 4;
    else return false;
  }
  return true;
}

const noVisitors: VarintVisitors = {};

const fieldNumberStep = 8;
const tagMax = 0xffffffff;
const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;
const varintBytesMax = 10;

/** Where the varint that was read last ends. Reading is synchronous, so one place serves all. */
let varintEnd = 0;

/** How many fields the walk under way may still have; below 0 where it had more. */
let fieldsLeft = 0;

/** A varint's value, inexact above 2^53, which no size or tag is; -1 where it does not end. */
function readVarint(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + varintBytesMax);
  let value = 0;
  let scale = 1;
  for (let at = start; at < limit; at += 1) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      varintEnd = at + 1;
      return value;
    }
    scale *= 128;
  }
  return -1;
}
