import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type BodySink,
  type HttpExchange,
  type HttpReply,
  type HttpRequest,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';
import { type ConnectionObserver, unobserved } from '../shared/connection-observer.ts';
import type { Bounded, DeadlineSweep } from '../shared/deadline-sweep.ts';
import type { Endpoint } from '../shared/endpoint.ts';
import {
  brokeBy,
  endedByRun,
  notConnected,
  type PendingExchange,
  runIsOver,
  timedOut,
  wasStale,
} from '../shared/pending-exchange.ts';
import { sendPieces } from '../shared/send-pieces.ts';
import { ReplyParser } from './reply-parser.ts';

/**
 * One client's connection to a Redis: GET, PUT and DELETE of a path become GET, SET and DEL of the
 * key after its slash, replies become statuses. Opened when it is first needed, with AUTH where there
 * are credentials, and reopened when the server closed it. Failures are named as `Connection` names them.
 */
export class RedisConnection implements HttpExchange, Bounded {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  opened = 0;
  readonly #endpoint: Endpoint;
  readonly #sweep: DeadlineSweep;
  readonly #parser = new ReplyParser();
  #socket: Socket | undefined;
  #connected = false;
  /** The reply to AUTH comes before that to the command. */
  #authenticating = false;
  #pending: PendingExchange | undefined;
  #unsentFrom = -1;
  #isClosed = false;
  readonly #observer: ConnectionObserver;
  /** Whether a reply has come on this socket: then it was kept. */
  #isKept = false;
  /** Whether the command under way was sent before, on a connection that had been closed. */
  #isAgain = false;
  #hasBegun = false;
  #openedAtMs = 0;
  #sentAtMs = 0;
  #firstByteAtMs = 0;

  constructor(endpoint: Endpoint, sweep: DeadlineSweep, observer: ConnectionObserver = unobserved) {
    this.#endpoint = endpoint;
    this.#sweep = sweep;
    this.#observer = observer;
    sweep.add(this);
  }

  exchange(request: HttpRequest, onBody?: BodySink): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      if (this.#pending !== undefined) throw new Error('one exchange at a time');
      this.#pending = { request, onBody, resolve, reject };
      this.#isAgain = false;
      if (this.#isClosed) this.#fail(runIsOver());
      else if (this.#socket === undefined) this.#open();
      else this.#send();
    });
  }

  expire(): void {
    if (this.#pending === undefined) return;
    this.#fail(timedOut());
  }

  close(): void {
    this.#isClosed = true;
    this.#sweep.delete(this);
    if (this.#pending !== undefined) {
      this.#fail(endedByRun());
    }
    this.#drop();
  }

  #open(): void {
    const { host, port, tls, redis } = this.#endpoint;
    this.opened += 1;
    this.#openedAtMs = performance.now();
    this.#connected = false;
    const socket =
      tls === undefined ? connectTcp({ host, port }) : connectTls({ ...tls, host, port });
    socket.setNoDelay(true);
    this.#socket = socket;
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (this.#socket !== socket) return;
      this.#connected = true;
      if (redis?.auth !== undefined) {
        this.#authenticating = true;
        this.#parser.begin(undefined);
        socket.write(command('AUTH', ...redis.auth));
      } else {
        this.#observer.connected(performance.now() - this.#openedAtMs);
        if (this.#pending !== undefined) this.#send();
      }
    });
    socket.on('data', (chunk: Buffer) => this.#read(socket, chunk));
    socket.on('drain', () => {
      if (this.#socket === socket && this.#unsentFrom >= 0) this.#sendBody();
    });
    socket.on('end', () => this.#broke(socket, undefined));
    socket.on('error', (error) => this.#broke(socket, error));
    socket.on('close', () => this.#broke(socket, undefined));
  }

  #send(): void {
    if (!this.#connected || this.#authenticating) return;
    const { request, onBody } = this.#pending!;
    const key = decodeURIComponent(request.path.slice(1));
    this.#parser.begin(onBody);
    this.#hasBegun = false;
    this.#sentAtMs = performance.now();
    const { body, method } = request;
    if (body === undefined) {
      this.#socket!.write(command(commandNames[method], key));
      return;
    }
    this.#socket!.cork();
    this.#socket!.write(`*3\r\n$3\r\nSET\r\n${bulk(key)}$${body.sizeBytes}\r\n`);
    this.#unsentFrom = 0;
    this.#sendBody();
    this.#socket?.uncork();
  }

  #sendBody(): void {
    const body = this.#pending!.request.body!;
    this.#unsentFrom = sendPieces(this.#socket!, body, this.#unsentFrom);
    if (this.#unsentFrom < body.sizeBytes) return;
    this.#unsentFrom = -1;
    this.#socket!.write('\r\n');
  }

  #read(socket: Socket, bytes: Buffer): void {
    if (socket !== this.#socket) return;
    if (!this.#hasBegun) this.#firstByteAtMs = performance.now();
    this.#hasBegun = true;
    try {
      const taken = this.#pending === undefined ? 0 : this.#parser.push(bytes);
      if (taken < 0) return;
      // One command at a time: whatever follows a whole reply was not requested.
      if (taken < bytes.length)
        throw new OperationFailure('protocol', 'bytes arrived without a request');
      if (this.#authenticating) this.#authenticated();
      else this.#succeed();
    } catch (error) {
      if (this.#pending === undefined) this.#drop();
      else this.#fail(error);
    }
  }

  #authenticated(): void {
    this.#authenticating = false;
    if (this.#parser.status === 200) {
      this.#observer.connected(performance.now() - this.#openedAtMs);
      if (this.#pending !== undefined) this.#send();
    } else this.#fail(new OperationFailure('http_4xx', 'the credentials were rejected'));
  }

  #broke(socket: Socket, error: Error | undefined): void {
    if (socket !== this.#socket) return;
    if (this.#pending === undefined) {
      this.#drop();
      return;
    }
    if (!this.#connected) {
      this.#fail(notConnected(error));
      return;
    }
    if (wasStale(error) && this.#isKept && !this.#isAgain && !this.#hasBegun) {
      this.#observer.wasStale();
      this.#drop();
      this.#isAgain = true;
      this.#open();
      return;
    }
    const message = `the connection ${brokeBy(error)} before the answer was whole`;
    this.#fail(new OperationFailure('reset', message, { cause: error }));
  }

  #succeed(): void {
    const pending = this.#pending!;
    this.#pending = undefined;
    this.#isKept = true;
    const { status, bodyBytes } = this.#parser;
    this.#observer.answered(
      this.#firstByteAtMs - this.#sentAtMs,
      performance.now() - this.#firstByteAtMs,
    );
    // A refusal that came before the value was sent leaves the connection within a command.
    if (this.#unsentFrom >= 0) this.#drop();
    pending.resolve({ status, bodyBytes, header: () => undefined });
  }

  #fail(error: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#drop();
    pending?.reject(error);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#connected = false;
    this.#authenticating = false;
    this.#isKept = false;
    this.#unsentFrom = -1;
    socket?.destroy();
  }
}

const commandNames: Readonly<Record<HttpRequest['method'], string>> = {
  GET: 'GET',
  HEAD: 'EXISTS',
  PUT: 'SET',
  POST: 'SET',
  DELETE: 'DEL',
};

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(bulk).join('')}`;
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
