import type { ServerStats } from '../shared/server-stats.ts';
import { type PurgeAnswer, type PurgeRequest, purgeAnswerSchema, statsSchema } from './schema.ts';

export type { ServerStats } from '../shared/server-stats.ts';
export type { PurgeAnswer, PurgeRequest } from './schema.ts';

/** A request of this API, however it is carried. */
export interface ApiV1Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

/** Carries a request to the server and brings its answer, whatever the status. Throws where there is none. */
export type ApiV1Exchange = (
  request: ApiV1Request,
) => Promise<{ readonly status: number; readonly text: string }>;

/** The server answered something other than what was asked for. */
export class ApiV1Error extends Error {
  override readonly name = 'ApiV1Error';
  readonly status: number;
  /** The server's answer, unchanged. */
  readonly text: string;

  constructor(status: number, text: string, options?: ErrorOptions) {
    super(`the server answered ${status}: ${text.slice(0, 1000)}`, options);
    this.status = status;
    this.text = text;
  }
}

/** Speaks to a MemoBuild server's own API. */
export class ApiV1Client {
  readonly #exchange: ApiV1Exchange;

  /** @param exchange such as {@link fetchExchange}. */
  constructor(exchange: ApiV1Exchange) {
    this.#exchange = exchange;
  }

  /**
   * What the server counted since it started, and how its processes are.
   * @throws {ApiV1Error} also where the server is not a MemoBuild, and what the exchange throws.
   */
  async stats(): Promise<ServerStats> {
    return await this.#ask({ method: 'GET', path: '/api/v1/stats' }, statsSchema);
  }

  /** Deletes entries. @throws as {@link ApiV1Client.stats}. */
  async purge(request: PurgeRequest): Promise<PurgeAnswer> {
    const body = JSON.stringify(request);
    return await this.#ask({ method: 'POST', path: '/api/v1/purge', body }, purgeAnswerSchema);
  }

  async #ask<Answer>(
    request: ApiV1Request,
    schema: { parse(value: unknown): Answer },
  ): Promise<Answer> {
    const { status, text } = await this.#exchange(request);
    if (status !== 200) throw new ApiV1Error(status, text);
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw new ApiV1Error(status, text, { cause: error });
    }
  }
}

/** Carries requests with Node's `fetch`. @param server a URL; its path is not used. */
export function fetchExchange(
  server: string | URL,
  options: {
    readonly headers?: Readonly<Record<string, string>>;
    /** How long the server may take for a whole answer. */
    readonly timeoutMs: number;
  },
): ApiV1Exchange {
  return async ({ method, path, body }) => {
    const response = await fetch(new URL(path, server), {
      method,
      headers: { 'content-type': 'application/json', ...options.headers },
      signal: AbortSignal.timeout(options.timeoutMs),
      ...(body !== undefined && { body }),
    });
    return { status: response.status, text: await response.text() };
  };
}
