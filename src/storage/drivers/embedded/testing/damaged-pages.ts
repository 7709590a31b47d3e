import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../../../../core/index.ts';
import { patient } from '../../../conformance/index.ts';
import type { EntryKey, Store } from '../../../store.ts';
import { openEmbeddedStore } from '../open.ts';

export const pageBytes = 4096;

/** The outcome for a store of which one page was zeroed. */
export interface PageOutcome {
  readonly page: number;
  /** Lookups that were answered with the right bytes, or as a miss. */
  readonly right: number;
  readonly missed: number;
  /** What must not happen: other bytes, or a lookup that throws. */
  readonly faults: readonly string[];
}

/** Bodies in records' pages, in the index on pages of their own, and in files. */
const sizesBytes = [40, 900, 9_000, 70_000];

/** The nth entry of {@link fillStore}: a blob, or an action result with the blob's bytes. */
function entryOf(n: number): { readonly bytes: Buffer; readonly keys: readonly EntryKey[] } {
  const bytes = Buffer.alloc(sizesBytes[n % sizesBytes.length]!, `body ${n} `);
  const hash = sha256Of(bytes);
  const keys: EntryKey[] = [
    { space: 'cas', hash },
    { space: 'ac', namespace: 'pages', key: `key ${n}` },
  ];
  return { bytes, keys };
}

const entries = 16;

/** Makes a small store whose index has pages of every kind. @returns how many pages it has. */
export async function fillStore(dir: string): Promise<number> {
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  for (let n = 0; n < entries; n += 1) {
    const { bytes, keys } = entryOf(n);
    for (const key of keys) await store.write(key, bytes, { signal: patient });
  }
  await store.close();
  return readFileSync(join(dir, 'index', 'data.mdb')).byteLength / pageBytes;
}

/** Zeroes one page of a copy of the store, then reads, writes, purges and closes it. */
export async function useWithZeroedPage(
  from: string,
  dir: string,
  page: number,
): Promise<PageOutcome> {
  rmSync(dir, { recursive: true, force: true });
  cpSync(from, dir, { recursive: true });
  const data = join(dir, 'index', 'data.mdb');
  const bytes = readFileSync(data);
  writeFileSync(data, bytes.fill(0, page * pageBytes, (page + 1) * pageBytes));
  const store = await openEmbeddedStore({ dir, maxBytes: 0, unlinkDelayMs: 1 });
  const outcome = await readAll(store);
  // What they answer is of no interest, only that they do: damage may stop them.
  const { bytes: body, keys } = entryOf(1);
  for (const key of [...keys, { space: 'ac', namespace: 'pages', key: 'new' } as const]) {
    await store.write(key, body, { signal: patient }).catch(() => undefined);
  }
  const purge = { what: 'namespace', namespace: 'pages' } as const;
  await store.purge(purge, { signal: patient }).catch(() => undefined);
  await store.close();
  return { page, ...outcome };
}

/** Whether a store whose damage was met is whole when it is opened again. */
export async function worksWhenOpenedAgain(dir: string): Promise<boolean> {
  const isSuspect = !existsSync(join(dir, 'TRUSTED'));
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  const { bytes, keys } = entryOf(2);
  let isWhole = true;
  try {
    for (const key of keys) await store.write(key, bytes, { signal: patient });
    const { faults, right } = await readAll(store);
    isWhole = faults.length === 0 && right >= keys.length;
  } catch {
    isWhole = false;
  }
  await store.close();
  return isWhole || !isSuspect;
}

async function readAll(store: Store): Promise<Omit<PageOutcome, 'page'>> {
  let right = 0;
  let missed = 0;
  const faults: string[] = [];
  for (let n = 0; n < entries; n += 1) {
    const { bytes, keys } = entryOf(n);
    for (const key of keys) {
      try {
        const read = await readProven(store, key);
        if (read === undefined) missed += 1;
        else if (bytes.equals(read)) right += 1;
        else faults.push(`other bytes of entry ${n}`);
      } catch (error) {
        faults.push(`entry ${n}: ${String(error)}`);
      }
    }
  }
  return { right, missed, faults };
}

/** As the cache reads: a body that is not what its record says is a miss. */
async function readProven(store: Store, key: EntryKey): Promise<Buffer | undefined> {
  const found = await store.find(key);
  if (found.kind === 'miss') return undefined;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of await found.open({ signal: patient })) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const bytes = Buffer.concat(chunks);
  return sha256Of(bytes) === found.info.sha256 ? bytes : undefined;
}
