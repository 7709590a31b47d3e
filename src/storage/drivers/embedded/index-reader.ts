import type { Clock } from '../../../core/index.ts';
import { RecordFields } from './entry-record.ts';
import type { Environment } from './environment.ts';
import { assertSound } from './index-damage.ts';
import { idKey } from './row-keys.ts';
import { decodeTotals, totalsKey } from './totals.ts';

/**
 * Reads the index through the memory map, without a promise.
 *
 * LMDB reads from a snapshot. A new one is taken once in a turn of the event loop and, lest a write
 * that another process has just acknowledged be missed, again before anything is reported absent.
 */
export class IndexReader {
  readonly #env: Environment;
  readonly #fields = new RecordFields();
  #isFresh = false;
  #clock = 0;
  #nowMs = 0;
  readonly #expire = (): void => {
    this.#isFresh = false;
  };

  readonly #time: Clock;

  constructor(env: Environment, time: Clock) {
    this.#env = env;
    this.#time = time;
  }

  /** The totals' clock as of this turn of the event loop. */
  get clock(): number {
    return this.#clock;
  }

  /** The time as of this turn of the event loop, milliseconds since the epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /**
   * Finds a record. What it answers points into LMDB's buffer and holds until the next read.
   * @throws {DamagedRecordError}, and what LMDB throws.
   */
  find(key: Uint8Array): RecordFields | undefined {
    const isNew = this.#freshen();
    const bytes =
      this.#env.entries.getBinaryFast(key) ?? (isNew ? undefined : this.#findInNewSnapshot(key));
    if (bytes === undefined) return undefined;
    const fields = this.#fields;
    fields.point(bytes);
    assertSound(fields, fields.storedByAt, bytes.length);
    return fields;
  }

  /** Copies a body out of the map. `undefined` when it is not there. */
  body(id: number): Buffer | undefined {
    const bytes = this.#env.bodies.getBinaryFast(idKey(id));
    if (bytes === undefined) return undefined;
    // LMDB's buffer has a `length` of its own making; views and copies of it would go by the true one.
    const sizeBytes = bytes.length;
    const copy = Buffer.allocUnsafe(sizeBytes);
    copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset, sizeBytes));
    return copy;
  }

  /** Starts a new snapshot. */
  renew(): void {
    this.#env.renewSnapshot();
  }

  #findInNewSnapshot(key: Uint8Array): Buffer | undefined {
    this.renew();
    return this.#env.entries.getBinaryFast(key);
  }

  #freshen(): boolean {
    if (this.#isFresh) return false;
    this.#isFresh = true;
    this.renew();
    this.#clock = decodeTotals(this.#env.meta.getBinaryFast(totalsKey)).clock;
    this.#nowMs = this.#time.nowMs();
    setImmediate(this.#expire);
    return true;
  }
}
