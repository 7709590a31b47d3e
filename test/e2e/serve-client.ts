import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What the tests of `serve` read of `/api/v1/stats`. */
export interface Stats {
  readonly workersReplaced: number;
  readonly totals: Record<'ac' | 'cas', { hits: number; misses: number; writes: number }>;
  readonly lookups: readonly { namespace: string; space: string; hits: number; misses: number }[];
  readonly store: { readonly entries: number };
  readonly processes: readonly { pid: number; role: 'primary' | 'worker' }[];
}

export async function statsOf(url: string, headers: Record<string, string> = {}): Promise<Stats> {
  const response = await fetch(`${url}/api/v1/stats`, { headers });
  if (!response.ok) throw new Error(`stats: ${response.status} ${await response.text()}`);
  return (await response.json()) as Stats;
}

export async function workersOf(url: string): Promise<number[]> {
  const { processes } = await statsOf(url);
  return processes.filter(({ role }) => role === 'worker').map(({ pid }) => pid);
}

export function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function put(url: string, body: Buffer): Promise<Response> {
  return await fetch(url, { method: 'PUT', body });
}

/** The body behind a URL, which must be there. */
export async function read(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** A key that no other call answers. */
export function freshKey(): string {
  return randomBytes(32).toString('hex');
}

/** Asks again and again until `check` holds. @throws with what it saw last when it never does. */
export async function until<T>(
  read: () => Promise<T>,
  check: (value: T) => boolean,
  deadlineMs = 15_000,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const value = await read().catch((error: unknown) => error);
    if (!(value instanceof Error) && check(value as T)) return value as T;
    if (performance.now() - startedMs > deadlineMs) {
      throw new Error(`still ${JSON.stringify(value)} (${String(value)}) after ${deadlineMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Whether a process lives; one that has ended and waits for its parent does not. */
export function lives(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
