import type { Payload } from '../../../protocols/shared/load-client.ts';
import type { PayloadPool } from '../../workload/payload-pool.ts';

/** Which write a value is of. */
export interface ValueName {
  /** The run, so that what earlier ones left is recognised. */
  readonly run: string;
  /** Letters, digits and `-`. */
  readonly key: string;
  readonly client: number;
  /** Counted from 1 by each client. */
  readonly number: number;
  /** At least {@link valueBytesMin}. */
  readonly sizeBytes: number;
}

/** The bytes in front of a value that name it. The first is never that of an action result. */
export const headerBytes = 64;

/** What makes a value its own: its header, and as much of the pool as names no other. */
export const valueBytesMin: number = headerBytes + 32;

/** How a value is called in a history: unique within its key. */
export function valueId({ client, number }: ValueName): string {
  return `${client}.${number}`;
}

/** Makes a value's bytes: a header that can be read, and then bytes that follow from it. */
export function valuePayload(pool: PayloadPool, name: ValueName): Payload {
  const header = Buffer.alloc(headerBytes, ' ');
  const text = headerText(name);
  if (text.length >= headerBytes) throw new Error(`${text} does not fit into a header`);
  header.write(text, 'latin1');
  header.write('\n', headerBytes - 1, 'latin1');
  const fill = pool.payload(text, name.sizeBytes - headerBytes);
  return {
    sizeBytes: name.sizeBytes,
    sha256: () => {
      throw new Error('the digest of a value is computed once, by what makes its key');
    },
    piece: (offset) =>
      offset < headerBytes ? header.subarray(offset) : fill.piece(offset - headerBytes),
    matches: (chunk, offset) => {
      const inHeader = Math.max(0, Math.min(chunk.length, headerBytes - offset));
      if (!chunk.subarray(0, inHeader).equals(header.subarray(offset, offset + inHeader))) {
        return false;
      }
      if (inHeader === chunk.length) return true;
      return fill.matches(chunk.subarray(inHeader), offset + inHeader - headerBytes);
    },
  };
}

function headerText({ run, key, client, number, sizeBytes }: ValueName): string {
  return `value ${run} ${key} c${client} n${number} s${sizeBytes}`;
}

const headerForm =
  /^value (?<run>[0-9a-f]+) (?<key>[\w-]+) c(?<client>\d+) n(?<number>\d+) s(?<size>\d+) *\n$/;

/** Reads a header; undefined where the bytes are none. */
export function parseHeader(bytes: Buffer): ValueName | undefined {
  const groups = headerForm.exec(bytes.toString('latin1'))?.groups;
  if (groups === undefined) return undefined;
  const { run = '', key = '', client, number, size } = groups;
  const name = {
    run,
    key,
    client: Number(client),
    number: Number(number),
    sizeBytes: Number(size),
  };
  return name.sizeBytes >= valueBytesMin ? name : undefined;
}
