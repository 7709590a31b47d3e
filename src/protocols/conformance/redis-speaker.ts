import { connect, type Socket } from 'node:net';
import type { HalfStore, Outcome, Speaker } from './under-test.ts';

/** Speaks Redis, one connection per command, with AUTH before it where there is a token. */
export function redisSpeaker({ port, token }: { port: number; token?: string }): Speaker {
  const open = (): RedisSocket => new RedisSocket(port, token);
  return {
    store: async (key, body) => {
      const socket = open();
      socket.send(setHead(key, body), body, '\r\n');
      return storeOutcome(await socket.reply());
    },
    lookup: async (key) => {
      const socket = open();
      socket.send(command('GET', key));
      return lookupOutcome(await socket.reply());
    },
    beginStore: async (key, body): Promise<HalfStore> => {
      const socket = open();
      const half = body.length >> 1;
      await socket.sendAll(setHead(key, body), body.subarray(0, half));
      return {
        finish: async () => {
          socket.send(body.subarray(half), '\r\n');
          return storeOutcome(await socket.reply());
        },
        breakOff: () => socket.destroy(),
      };
    },
  };
}

/** A command of whole arguments, in RESP. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

type Reply = { readonly sign: string; readonly body: Buffer } | 'broken';

function setHead(key: string, body: Buffer): string {
  return `*3\r\n$3\r\nSET\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n$${body.length}\r\n`;
}

function storeOutcome(reply: Reply): Outcome {
  if (reply === 'broken') return { kind: 'broken' };
  return reply.sign === '+' ? { kind: 'stored' } : refused(reply.body);
}

function lookupOutcome(reply: Reply): Outcome {
  if (reply === 'broken') return { kind: 'broken' };
  if (reply.sign === '-') return refused(reply.body);
  return reply.sign === 'nil' ? { kind: 'miss' } : { kind: 'hit', body: reply.body };
}

function refused(text: Buffer): Outcome {
  return { kind: 'refused', answer: text.toString().split(' ')[0] ?? '' };
}

class RedisSocket {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;
  /** The reply to AUTH comes first; what it says is seen from the next one. */
  #skip: number;

  constructor(port: number, token: string | undefined) {
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#skip = token === undefined ? 0 : 1;
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    const onEnd = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    this.#socket.on('end', onEnd).on('close', onEnd).on('error', onEnd);
    if (token !== undefined) this.send(command('AUTH', token));
  }

  send(...pieces: readonly (string | Buffer)[]): void {
    for (const piece of pieces) this.#socket.write(piece);
  }

  async sendAll(...pieces: readonly (string | Buffer)[]): Promise<void> {
    for (const piece of pieces) {
      await new Promise<void>((resolve) => this.#socket.write(piece, () => resolve()));
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The reply to the one command sent; ends the connection. */
  async reply(): Promise<Reply> {
    for (; this.#skip > 0; this.#skip -= 1) {
      if ((await this.#next()) === 'broken') return 'broken';
    }
    const reply = await this.#next();
    this.#socket.destroy();
    return reply;
  }

  async #next(): Promise<Reply> {
    const lineEnd = await this.#until(() => this.#received.indexOf('\r\n'));
    if (lineEnd < 0) return 'broken';
    const line = this.#take(lineEnd + 2)
      .toString('latin1')
      .trimEnd();
    const sign = line[0] ?? '';
    if (sign !== '$') return { sign, body: Buffer.from(line.slice(1)) };
    const sizeBytes = Number(line.slice(1));
    if (sizeBytes < 0) return { sign: 'nil', body: Buffer.alloc(0) };
    const isWhole = await this.#until(() => this.#received.length - sizeBytes - 2);
    return isWhole < 0 ? 'broken' : { sign, body: this.#take(sizeBytes + 2).subarray(0, -2) };
  }

  /** Waits until what is asked for is no longer negative, or nothing more can come. */
  async #until(ask: () => number): Promise<number> {
    for (;;) {
      const answer = ask();
      if (answer >= 0 || this.#ended) return answer;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }
}
