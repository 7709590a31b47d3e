import { createHash } from 'node:crypto';
import { request } from 'node:http';

/** Keys and their bytes, the same for every contender of a row. */
export interface DataSet {
  readonly sizeBytes: number;
  /** `/ac/<64 hex>`, as wrk asks for them. */
  readonly paths: readonly string[];
  bytesOf(path: string): Buffer;
}

/** Makes `count` entries, always the same ones, of bytes that nothing along the way can compress. */
export function createDataSet({ count, sizeBytes }: { count: number; sizeBytes: number }): DataSet {
  const entries = new Map<string, Buffer>();
  for (let index = 0; index < count; index += 1) {
    const name = `bench ${sizeBytes} ${index}`;
    const key = createHash('sha256').update(name).digest('hex');
    const bytes = createHash('shake256', { outputLength: sizeBytes }).update(name).digest();
    entries.set(`/ac/${key}`, bytes);
  }
  return { sizeBytes, paths: [...entries.keys()], bytesOf: (path) => entries.get(path)! };
}

/** Stores the whole set over HTTP. @throws at the first answer that is not a success. */
export async function putAll(url: string, data: DataSet): Promise<void> {
  const waiting = data.paths[Symbol.iterator]();
  const putSome = async (): Promise<void> => {
    for (const path of waiting) {
      const { status } = await exchange(`${url}${path}`, 'PUT', data.bytesOf(path));
      if (status < 200 || status > 299) throw new Error(`PUT ${url}${path}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, putSome));
}

/** Asks for a few keys and compares each byte: a contender that answers anything else is not measured. */
export async function proveServes(url: string, data: DataSet): Promise<void> {
  const some = data.paths.filter((_, index) => index % Math.ceil(data.paths.length / 10) === 0);
  for (const path of some) {
    const { status, body } = await exchange(`${url}${path}`, 'GET');
    if (status !== 200 || !body.equals(data.bytesOf(path))) {
      throw new Error(`GET ${url}${path}: ${status} with ${body.length} bytes that are not ours`);
    }
  }
}

/** One request on a connection of its own. */
export function exchange(
  url: string,
  method: string,
  sent?: Buffer | string,
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false, timeout: 30_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer from ${url} for 30 s`)));
    asked.on('error', reject);
    asked.end(sent);
  });
}
