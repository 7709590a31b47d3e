import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Cleanup } from './cleanup.ts';

/** An answer as it was on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A TCP connection to a server under test: sends any bytes, reads HTTP/1.1 answers strictly. */
export class RawConnection {
  readonly socket: Socket;
  /** The code of what broke the connection, if it broke: `ECONNRESET` and the like. */
  error: string | undefined;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    const onEnd = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', onEnd).on('close', onEnd);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error ??= error.code;
      onEnd();
    });
  }

  /** Connects; the connection is closed when the test ends. */
  static async open(t: Cleanup, port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    const connection = new RawConnection(socket);
    t.after(() => {
      socket.destroy();
    });
    await once(socket, 'connect');
    return connection;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /**
   * Reads the next answer; to a HEAD it has no body.
   * @throws when the connection ends before the answer does.
   */
  async answer(method = 'GET'): Promise<RawAnswer> {
    const headEnd = await this.#indexOf('\r\n\r\n');
    const head = this.#take(headEnd + 4).toString('latin1');
    const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    if (method === 'HEAD' || status < 200) return { status, headers, body: '' };
    if (headers['transfer-encoding'] === 'chunked') {
      return { status, headers, body: await this.#chunked() };
    }
    const length = Number(headers['content-length'] ?? 0);
    await this.#atLeast(length);
    return { status, headers, body: this.#take(length).toString('latin1') };
  }

  /** Waits for the server to end the connection, and for ours to be over. @returns what came before that. */
  async closed(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.#received.toString('latin1');
  }

  /** Whether the server closed the connection. */
  get isClosed(): boolean {
    return this.#ended;
  }

  async #chunked(): Promise<string> {
    let body = '';
    for (;;) {
      const lineEnd = await this.#indexOf('\r\n');
      const size = Number.parseInt(this.#take(lineEnd + 2).toString('latin1'), 16);
      await this.#atLeast(size + 2);
      body += this.#take(size).toString('latin1');
      this.#take(2);
      if (size === 0) return body;
    }
  }

  async #indexOf(text: string): Promise<number> {
    for (;;) {
      const index = this.#received.indexOf(text);
      if (index >= 0) return index;
      await this.#orEnded();
    }
  }

  async #atLeast(length: number): Promise<void> {
    while (this.#received.byteLength < length) await this.#orEnded();
  }

  async #orEnded(): Promise<void> {
    if (this.#ended) {
      throw new Error(`the connection ended after ${JSON.stringify(String(this.#received))}`);
    }
    await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }
}
