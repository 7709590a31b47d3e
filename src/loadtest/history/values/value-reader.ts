import { Sha256Stream } from '../../../core/index.ts';
import type { Payload } from '../../../protocols/shared/load-client.ts';
import type { PayloadPool } from '../../workload/payload-pool.ts';
import type { ReadOutcome } from '../check/operation.ts';
import { headerBytes, parseHeader, type ValueName, valueId, valuePayload } from './value.ts';

/** What a reader compares a body with. */
export interface Expected {
  readonly pool: PayloadPool;
  readonly run: string;
  readonly key: string;
  /** Set for content: the digest that the key names. */
  readonly sha256: string | undefined;
  /** The values that were sent for the key so far, for the question whose bytes have got in. */
  sentValues(): Iterable<ValueName>;
}

/**
 * Finds out whose value a body is, as it comes and without holding it: the header says which write
 * it claims to be of, and the rest is compared with that write's bytes. Make one for each read.
 */
export class ValueReader {
  readonly #expected: Expected;
  readonly #hash: Sha256Stream | undefined;
  readonly #header = Buffer.alloc(headerBytes);
  #name: ValueName | undefined;
  #payload: Payload | undefined;
  #offset = 0;
  #differsAt = -1;
  /** Bytes from the first that differs on. */
  #strange = Buffer.alloc(0);

  constructor(expected: Expected) {
    this.#expected = expected;
    this.#hash = expected.sha256 === undefined ? undefined : new Sha256Stream();
  }

  readonly sink = (chunk: Buffer, status: number): void => {
    if (status !== 200) return;
    this.#hash?.update(chunk);
    let rest = chunk;
    if (this.#offset < headerBytes) {
      const taken = chunk.copy(this.#header, this.#offset);
      this.#offset += taken;
      rest = chunk.subarray(taken);
      if (this.#offset === headerBytes) this.#readHeader();
    }
    this.#compare(rest);
    this.#offset += rest.length;
  };

  /** Whether a byte came that belongs to no value of the key, whatever comes after it. */
  get hasWrongBytes(): boolean {
    const hasHeader = this.#offset >= headerBytes;
    return this.#differsAt >= 0 || (hasHeader && !this.#isOfKey(this.#name));
  }

  /** What the body is, when all of it has come. */
  outcome(): ReadOutcome {
    const wrong = this.#wrong();
    if (wrong !== undefined) return { outcome: 'corrupt', ...wrong };
    return { outcome: 'value', value: valueId(this.#name!) };
  }

  #readHeader(): void {
    this.#name = parseHeader(this.#header);
    if (this.#name !== undefined) {
      this.#payload = valuePayload(this.#expected.pool, this.#name);
    }
  }

  #compare(chunk: Buffer): void {
    const payload = this.#payload;
    if (payload === undefined || this.#differsAt >= 0 || chunk.length === 0) return;
    const inside = chunk.subarray(0, Math.max(0, payload.sizeBytes - this.#offset));
    if (inside.length === 0 || payload.matches(inside, this.#offset)) return;
    const at = firstDifference(payload, inside, this.#offset);
    this.#differsAt = this.#offset + at;
    // Copied: the chunk's memory is written again.
    this.#strange = Buffer.from(inside.subarray(at, at + strangeBytesMax));
  }

  #wrong(): { readonly fault: Fault; readonly why: string } | undefined {
    const { run } = this.#expected;
    const name = this.#name;
    if (name === undefined) {
      const begin = JSON.stringify(this.#header.toString('latin1', 0, shownBytes));
      const why = `${this.#offset} bytes that begin with ${begin} and are not a value`;
      return { fault: 'no value', why };
    }
    if (!this.#isOfKey(name)) {
      const whose = name.run === run ? '' : ' of another run';
      return { fault: 'other key', why: `the value ${valueId(name)} of key ${name.key}${whose}` };
    }
    const whose = `value ${valueId(name)} of ${name.sizeBytes} bytes`;
    if (this.#differsAt >= 0) return this.#differing(whose);
    if (this.#offset !== name.sizeBytes) {
      const fault = this.#offset < name.sizeBytes ? 'cut short' : 'too long';
      return { fault, why: `${whose}, of which ${this.#offset} came` };
    }
    const { sha256 } = this.#expected;
    const digest = this.#hash?.digest();
    if (digest === sha256) return undefined;
    return { fault: 'digest', why: `the SHA-256 of what came is ${digest}` };
  }

  #isOfKey(name: ValueName | undefined): boolean {
    return name?.key === this.#expected.key && name.run === this.#expected.run;
  }

  #differing(whose: string): { readonly fault: Fault; readonly why: string } {
    const at = this.#differsAt;
    const owner = this.#ownerOf(this.#strange, at);
    if (owner !== undefined) {
      const why = `${whose} up to byte ${at}, and then value ${valueId(owner)}`;
      return { fault: 'mixed', why };
    }
    return { fault: 'altered', why: `${whose}, of which byte ${at} is another` };
  }

  /** Whose bytes are in this place, among the values of the key. A few bytes alone say nothing. */
  #ownerOf(bytes: Buffer, offset: number): ValueName | undefined {
    if (bytes.length < strangeBytesMin) return undefined;
    for (const name of this.#expected.sentValues()) {
      if (valuePayload(this.#expected.pool, name).matches(bytes, offset)) return name;
    }
    return undefined;
  }
}

type Fault = Extract<ReadOutcome, { readonly outcome: 'corrupt' }>['fault'];

const strangeBytesMin = 4;
const strangeBytesMax = 64;
const shownBytes = 24;

function firstDifference(payload: Payload, chunk: Buffer, offset: number): number {
  let [low, high] = [0, chunk.length];
  // The first `low` bytes match, the first `high` do not.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (payload.matches(chunk.subarray(low, middle), offset + low)) low = middle;
    else high = middle;
  }
  return low;
}
