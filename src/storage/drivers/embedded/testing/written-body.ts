/** What a writer process reports about a write that was acknowledged to it. */
export interface Acknowledged {
  readonly space: 'ac' | 'cas';
  readonly key: string;
  readonly version: number;
  readonly lane: number;
  readonly text: string;
}

/** The size of each lane's bodies: some live in the index, some in files. */
export const laneSizes: readonly number[] = [100, 3_000, 15_000, 60_000, 200_000, 70_000, 200];

/** The bytes of a version: they identify the version. */
export function expectedBody(text: string, version: number, lane: number): Buffer {
  const line = Buffer.from(`${text} version ${version}\n`);
  return Buffer.alloc(laneSizes[lane] ?? 0, line);
}

/** The version that the bytes say they are. */
export function versionOf(body: Buffer): number {
  return Number(/ version (\d+)\n/.exec(body.toString('latin1', 0, 100))?.[1]);
}
