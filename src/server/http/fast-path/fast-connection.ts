import type { Socket } from 'node:net';
import type { CacheHit, CacheLookup } from '../../../cache/index.ts';
import { CacheError, messageOf } from '../../../core/index.ts';
import {
  bazelMiss,
  bazelRefusal,
  bazelStored,
  type UniversalResponse,
} from '../../../protocols/index.ts';
import { waitForDrain } from '../../listener/wait-for-drain.ts';
import { answerHead, renderAnswer, writeWhole } from './answers.ts';
import { BodyCollector } from './body-collector.ts';
import { HeadParser } from './head-parser.ts';
import type { FastPathHost } from './host.ts';
import { RequestInHand } from './request-in-hand.ts';

/** The status of a request whose client left before its answer, as nginx has it. */
export const clientClosedRequest = 499;

/** A connection silent for this long is probed by TCP. */
export const keepAliveProbeMs = 60_000;

// Parsing is synchronous, so one parser serves all connections of the process.
const head = new HeadParser();

/**
 * One client's connection, as long as it sends what the fast path knows. Answers come in the order
 * of the requests; one request is worked on at a time.
 */
export class FastConnection {
  readonly #socket: Socket;
  readonly #host: FastPathHost;
  readonly #onGone: () => void;
  /** Made on first use: most connections of a tool that opens one for each request never do. */
  #closed: AbortController | undefined;
  #isKept = false;
  #state: 'reading' | 'body' | 'waiting' | 'over' = 'reading';
  #clientEnded = false;
  /** What was written and waits for the client is counted, until the socket has drained. */
  #isDrainAwaited = false;
  /** Too much of it waits: the next request is not begun before that. */
  #isBlocked = false;
  /** Whether anything came in or went out since the sweep last looked. */
  #active = true;
  #idleSweeps = 0;
  #receivingSweeps = 0;
  readonly #request = new RequestInHand();
  /** Made for the first body that comes in pieces, then used for all. */
  #collector: BodyCollector | undefined;

  constructor(socket: Socket, host: FastPathHost, onGone: () => void) {
    this.#socket = socket;
    this.#host = host;
    this.#onGone = onGone;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** Whether a request is being received or answered. */
  get busy(): boolean {
    return this.#state !== 'reading';
  }

  /** Counts a sweep: how many in a row found no byte moved, and how many found one body unfinished. */
  swept(): { readonly idleSweeps: number; readonly receivingSweeps: number } {
    this.#idleSweeps = this.#active ? 0 : this.#idleSweeps + 1;
    this.#receivingSweeps = this.#state === 'body' ? this.#receivingSweeps + 1 : 0;
    this.#active = false;
    return { idleSweeps: this.#idleSweeps, receivingSweeps: this.#receivingSweeps };
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#active = true;
    try {
      this.#take(chunk);
    } catch (error) {
      this.#fail(error);
    }
  };

  #take(chunk: Buffer): void {
    switch (this.#state) {
      case 'reading':
        this.#readRequests(chunk, 0);
        return;
      case 'body':
        this.#readBody(chunk);
        return;
      case 'waiting':
        this.#putBack(chunk);
        return;
      case 'over':
        return;
    }
  }

  /** Ends this connection rather than the process, which holds all the others. */
  readonly #fail = (error: unknown): void => {
    this.#host.failed(error);
    this.#socket.destroy();
  };

  /** Answers the requests in `bytes` from `start` on, until one has to be waited for. */
  #readRequests(bytes: Buffer, start: number): void {
    let at = start;
    while (at < bytes.length) {
      if (head.parse(bytes, at, this.#host.headBytesMax) === 'handover' || !this.#begin(bytes)) {
        this.#handOver(at === 0 ? bytes : bytes.subarray(at));
        return;
      }
      at = head.end;
      if (this.#request.method === 'PUT') {
        at = this.#takeBody(bytes, at, head.contentLength);
      } else {
        this.#lookUp();
      }
      if (this.#state !== 'reading') {
        if (at < bytes.length && this.#state === 'waiting') this.#putBack(bytes.subarray(at));
        return;
      }
    }
  }

  /**
   * Leaves bytes of further requests in the socket while one is waited for, where they keep the
   * stream from ending: whoever reads on, this object or the full server, finds them there.
   */
  #putBack(bytes: Buffer): void {
    this.#socket.pause();
    this.#socket.unshift(bytes);
  }

  /** Takes the parsed head as the request in hand; `false` where the full server must answer it. */
  #begin(bytes: Buffer): boolean {
    const isFirst = this.#request.startedMs === 0;
    if (!this.#request.begin(head, bytes, this.#host, this.#socket)) return false;
    if (!isFirst) this.#keep();
    return true;
  }

  #lookUp(): void {
    const { cache } = this.#host;
    const { method, key, caller } = this.#request;
    let found: CacheLookup | Promise<CacheLookup>;
    try {
      found = method === 'GET' ? cache.get(key, caller) : cache.head(key, caller);
    } catch (error) {
      this.#answerError(error);
      return;
    }
    if (!(found instanceof Promise)) {
      this.#answerLookup(found);
      return;
    }
    this.#state = 'waiting';
    found
      .then(
        (lookup) => this.#answerLookup(lookup),
        (error: unknown) => this.#answerError(error),
      )
      .then(() => this.#goOn())
      .catch(this.#fail);
  }

  #answerLookup(found: CacheLookup): void {
    if (this.#state === 'over') return;
    if (found.kind === 'miss') {
      this.#send(renderAnswer(this.#request.answerOf(bazelMiss), this.#closing()), 404);
    } else if (this.#request.method === 'HEAD') {
      this.#send(answerHead(found, this.#closing()), 200);
    } else if (found.bytes !== undefined) {
      this.#sent(writeWhole(this.#socket, found, found.bytes, this.#closing()), 200);
    } else {
      this.#stream(found);
    }
  }

  #send(answer: Buffer, status: number): void {
    this.#sent(this.#socket.write(answer), status);
  }

  #sent(flushed: boolean, status: number): void {
    this.#ended(status);
    if (flushed || this.#state !== 'reading' || this.#isKeepingUp()) return;
    this.#state = 'waiting';
    this.#isBlocked = true;
  }

  /** Whether the client reads as fast as it asks, or nearly; counts what waits for it. */
  #isKeepingUp(): boolean {
    const { output } = this.#host;
    if (!this.#socket.writableNeedDrain) return true;
    const waitingBytes = this.#socket.writableLength;
    output.note(this.#socket, waitingBytes);
    if (!this.#isDrainAwaited) {
      this.#isDrainAwaited = true;
      this.#socket.once('drain', this.#onDrain);
    }
    return waitingBytes <= output.connectionBytesMax;
  }

  readonly #onDrain = (): void => {
    this.#active = true;
    this.#isDrainAwaited = false;
    this.#host.output.note(this.#socket, 0);
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    try {
      this.#goOn();
    } catch (error) {
      this.#fail(error);
    }
  };

  #stream(hit: CacheHit): void {
    this.#state = 'waiting';
    this.#pipe(hit)
      .then(
        () => {
          this.#ended(200);
          this.#goOn();
        },
        () => {
          // Part of the body is out. Only a broken connection shows the client that the rest is
          // missing.
          this.#socket.resetAndDestroy();
        },
      )
      .catch(this.#fail);
  }

  async #pipe(hit: CacheHit): Promise<void> {
    const signal = this.#goneSignal();
    this.#keep();
    this.#socket.write(answerHead(hit, this.#closing()));
    for await (const chunk of hit.stream({ signal })) {
      this.#active = true;
      if (this.#socket.write(chunk)) continue;
      this.#isKeepingUp();
      await waitForDrain(this.#socket);
    }
  }

  /**
   * Begins a body of which `bytes` from `at` may hold a part; returns how much of `bytes` is used
   * up.
   */
  #takeBody(bytes: Buffer, at: number, sizeBytes: number): number {
    const end = at + sizeBytes;
    if (end <= bytes.length) {
      this.#store(bytes.subarray(at, end));
      return end;
    }
    this.#collector ??= new BodyCollector();
    this.#collector.begin(sizeBytes, bytes, at);
    this.#state = 'body';
    return bytes.length;
  }

  #readBody(chunk: Buffer): void {
    const collector = this.#collector as BodyCollector;
    const taken = collector.take(chunk);
    const body = collector.whole();
    if (body === undefined) return;
    this.#store(body);
    if (taken < chunk.length) this.#putBack(chunk.subarray(taken));
  }

  #store(body: Buffer): void {
    this.#state = 'waiting';
    const { key, caller } = this.#request;
    this.#host.cache
      .put(key, caller, body, {
        sizeBytes: body.length,
        signal: this.#goneSignal(),
      })
      .then(
        () => this.#answer(bazelStored),
        (error: unknown) => this.#answerError(error),
      )
      .then(() => this.#goOn())
      .catch(this.#fail);
  }

  #answer(response: UniversalResponse): void {
    if (this.#state === 'over') return;
    this.#socket.write(renderAnswer(this.#request.answerOf(response), this.#closing()));
    this.#ended(response.status);
  }

  #answerError(error: unknown): void {
    const known =
      error instanceof CacheError ? error : new CacheError('unavailable', messageOf(error));
    this.#answer(bazelRefusal(known));
  }

  #closing(): boolean {
    return this.#request.decideClose(this.#host);
  }

  #ended(status: number): void {
    this.#active = true;
    this.#request.end(this.#host, this.#socket, status);
    if (this.#request.closesAfter) {
      this.#state = 'over';
      this.#socket.end();
      // What else the client sent is read and ignored, so that its end is seen.
      if (this.#socket.isPaused()) this.#socket.resume();
    }
  }

  /** Back to reading, if the client has read enough of what it got. */
  #goOn(): void {
    if (this.#state === 'over') return;
    if (!this.#isKeepingUp()) {
      this.#isBlocked = true;
      return;
    }
    this.#state = 'reading';
    if (this.#clientEnded) this.#socket.end();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #handOver(bytes: Buffer): void {
    this.#keep();
    this.#leave();
    this.#host.handOver(this.#socket, bytes);
  }

  /**
   * What a connection needs that stays: no wait for more to send, and probes that find a peer that
   * vanished. Two system calls, which one that closes after its first answer is spared.
   */
  #keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, keepAliveProbeMs);
  }

  #goneSignal(): AbortSignal {
    this.#closed ??= new AbortController();
    return this.#closed.signal;
  }

  /** Ends this object's part in the socket's life. */
  #leave(): void {
    this.#state = 'over';
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
    this.#socket.off('drain', this.#onDrain);
    if (this.#isDrainAwaited) this.#host.output.note(this.#socket, 0);
    this.#onGone();
  }

  readonly #onEnd = (): void => {
    this.#clientEnded = true;
    // A body that can't become whole any more is dropped with the connection.
    if (this.#state === 'body') this.#socket.destroy();
    else if (this.#state === 'reading') this.#socket.end();
  };

  readonly #onError = (): void => {
    // 'close' follows, and does the rest.
  };

  readonly #onClose = (): void => {
    if (this.#request.isUnderWay) this.#ended(clientClosedRequest);
    this.#state = 'over';
    if (this.#isDrainAwaited) this.#host.output.note(this.#socket, 0);
    this.#collector?.drop();
    this.#closed?.abort(new CacheError('aborted', 'the client closed the connection'));
    this.#onGone();
  };
}
