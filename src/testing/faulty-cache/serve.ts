import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  type Fault,
  type FaultKind,
  type FaultyCacheCounts,
  type Method,
  methodsOf,
} from './faults.ts';
import { misanswer } from './misanswer.ts';
import { FaultPicker } from './pick-fault.ts';

/** A cache over a map: any path but `/api/…` is an opaque key for GET, HEAD, PUT and DELETE. Honest but for its faults. */
export class FaultyCacheServer {
  readonly http: Server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    // A client that disconnects within its body is not a fault of this server.
    this.#handle(request, response).catch(() => request.socket.destroy());
  });
  readonly #faults: readonly Fault[];
  readonly #picker: FaultPicker;
  readonly #beforeDeath: (counts: FaultyCacheCounts) => void;
  readonly #entries = new Map<string, Buffer>();
  readonly #sockets = new Set<Socket>();
  readonly #requests: Record<Method, number> = byMethod();
  readonly #injected = Object.fromEntries(
    Object.keys(methodsOf).map((kind) => [kind, byMethod()]),
  ) as Record<FaultKind, Record<Method, number>>;
  #hits = 0;
  #misses = 0;

  constructor(options: {
    readonly faults: readonly Fault[];
    readonly seed: number;
    /** Called before a `die` fault: the last chance to say what was injected. */
    readonly beforeDeath: (counts: FaultyCacheCounts) => void;
  }) {
    this.#faults = options.faults;
    this.#picker = new FaultPicker(options.faults, options.seed);
    this.#beforeDeath = options.beforeDeath;
    this.http.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    });
  }

  counts(): FaultyCacheCounts {
    return {
      requests: this.#requests,
      hits: this.#hits,
      misses: this.#misses,
      entries: this.#entries.size,
      injected: this.#injected,
      connections: this.#sockets.size,
    };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = methodOf(request);
    if (method === undefined) {
      response.writeHead(405, { allow: 'GET, HEAD, PUT, DELETE' }).end();
      return;
    }
    const key = (request.url ?? '/').split('?', 1)[0]!;
    if (key.startsWith('/api/')) {
      // What a load test asks MemoBuild's own servers about themselves is not a lookup of a key.
      response.writeHead(404, { 'content-length': 0 }).end();
      return;
    }
    const body = method === 'PUT' ? await readBody(request) : undefined;
    const found = this.#entries.get(key);
    const lookupsBefore = this.#hits + this.#misses;
    const isLookup = method === 'GET' || method === 'HEAD';
    this.#requests[method] += 1;
    if (isLookup && found !== undefined) this.#hits += 1;
    if (isLookup && found === undefined) this.#misses += 1;

    const fault = this.#picker.pick({ method, key, hit: found !== undefined, lookupsBefore });
    if (fault !== undefined && (await this.#inject(fault, { method, key, found, response }))) {
      return;
    }
    if (body !== undefined) this.#store(key, body);
    if (method === 'DELETE') this.#entries.delete(key);
    answer(method, found, response);
  }

  /** Counts the fault and commits it. Returns whether the request is dealt with. */
  async #inject(fault: Fault, { method, key, found, response }: Faulty): Promise<boolean> {
    if (fault.kind === 'other-bytes') {
      const other = this.#otherEntry(key, found!);
      if (other === undefined) return false;
      this.#injected[fault.kind][method] += 1;
      answer(method, other, response);
      return true;
    }
    this.#injected[fault.kind][method] += 1;
    if (fault.kind === 'stall') {
      // Blocks the thread, and with it every connection, as the real thing does.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.forMs);
      return false;
    }
    if (fault.kind === 'die') {
      this.#beforeDeath(this.counts());
      process.kill(process.pid, 'SIGKILL');
      return true;
    }
    // Eviction follows a write, see #store.
    if (fault.kind === 'evict') return false;
    await misanswer(fault, { body: found, response, random: this.#picker.random });
    return true;
  }

  /** Some other entry, of the same size if one is near. */
  #otherEntry(key: string, body: Buffer): Buffer | undefined {
    let other: Buffer | undefined;
    let looked = 0;
    for (const [otherKey, otherBody] of this.#entries) {
      if (otherKey === key || otherBody.equals(body)) continue;
      other = otherBody;
      looked += 1;
      if (otherBody.length === body.length || looked === 1000) break;
    }
    return other;
  }

  #store(key: string, body: Buffer): void {
    this.#entries.delete(key);
    this.#entries.set(key, body);
    for (const fault of this.#faults) {
      if (fault.kind !== 'evict') continue;
      while (this.#entries.size > fault.keepEntries) {
        const [oldest] = this.#entries.keys();
        this.#entries.delete(oldest!);
        this.#injected.evict.PUT += 1;
      }
    }
  }
}

interface Faulty {
  readonly method: Method;
  readonly key: string;
  readonly found: Buffer | undefined;
  readonly response: ServerResponse;
}

const bodyBytesMax = 64 * 2 ** 20;

function methodOf(request: IncomingMessage): Method | undefined {
  const { method } = request;
  return method === 'GET' || method === 'HEAD' || method === 'PUT' || method === 'DELETE'
    ? method
    : undefined;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyBytesMax) throw new Error(`a body over ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(method: Method, found: Buffer | undefined, response: ServerResponse): void {
  if (method === 'PUT') response.writeHead(200, { 'content-length': 0 }).end();
  else if (found === undefined) response.writeHead(404, { 'content-length': 0 }).end();
  else if (method === 'DELETE') response.writeHead(200, { 'content-length': 0 }).end();
  else response.writeHead(200, { 'content-length': found.length }).end(found);
}

function byMethod(): Record<Method, number> {
  return { GET: 0, HEAD: 0, PUT: 0, DELETE: 0 };
}
