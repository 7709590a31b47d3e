import { type HttpRequest, OperationFailure } from '../../../protocols/shared/load-client.ts';
import { SocketConnection } from '../shared/socket-connection.ts';
import { ReplyParser } from './reply-parser.ts';

/**
 * One client's connection to a Redis: GET, PUT and DELETE of a path become GET, SET and DEL of the
 * key after its slash, replies become statuses. Where there are credentials, it begins with AUTH.
 */
export class RedisConnection extends SocketConnection {
  readonly #parser = new ReplyParser();
  /** The reply to AUTH comes before that to the command. */
  #authenticating = false;
  #hasBegun = false;

  protected get hasBegun(): boolean {
    return this.#hasBegun;
  }

  protected override connected(): void {
    const auth = this.endpoint.redis?.auth;
    if (auth === undefined) {
      this.ready();
      return;
    }
    this.#authenticating = true;
    this.#hasBegun = false;
    this.#parser.begin(undefined);
    this.socket!.write(command('AUTH', ...auth));
  }

  protected send(): void {
    const { request, onBody } = this.pending!;
    const key = decodeURIComponent(request.path.slice(1));
    this.#parser.begin(onBody);
    this.#hasBegun = false;
    this.sentAtMs = performance.now();
    const { body, method } = request;
    if (body === undefined) this.socket!.write(command(commandNames[method], key));
    else this.sendWithBody(`*3\r\n$3\r\nSET\r\n${bulk(key)}$${body.sizeBytes}\r\n`, 'utf8');
  }

  protected override bodySent(): void {
    this.socket!.write('\r\n');
  }

  protected read(bytes: Buffer, size: number): void {
    if (!this.#hasBegun) this.firstByteAtMs = performance.now();
    this.#hasBegun = true;
    try {
      const taken = this.pending === undefined ? 0 : this.#parser.push(bytes, size);
      if (taken < 0) return;
      // One command at a time: whatever follows a whole reply was not requested.
      if (taken < size) throw new OperationFailure('protocol', 'bytes arrived without a request');
      if (this.#authenticating) this.#authenticated();
      else this.#succeed();
    } catch (error) {
      this.fail(error);
    }
  }

  #authenticated(): void {
    this.#authenticating = false;
    if (this.#parser.status === 200) this.ready();
    else this.fail(new OperationFailure('http_4xx', 'the credentials were rejected'));
  }

  #succeed(): void {
    const { status, bodyBytes } = this.#parser;
    this.answered(performance.now()).resolve({ status, bodyBytes, header: () => undefined });
  }

  protected override drop(): void {
    super.drop();
    this.#authenticating = false;
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
