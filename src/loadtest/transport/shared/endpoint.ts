import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { memobuildVersion, socketHost } from '../../../core/index.ts';

/** Where connections go, and which header lines each request has in addition to its own. Made once per worker. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined for plain TCP. */
  readonly tls: ConnectionOptions | undefined;
  /** The URL's path without a slash at the end: it precedes each request's path. */
  readonly basePath: string;
  /** `Host`, `User-Agent` and the user's headers, each with its CRLF. */
  readonly headerLines: string;
  /** Set for Redis: the arguments of AUTH, if any. */
  readonly redis?: { readonly auth: readonly string[] | undefined };
  /** Set for gRPC: the user's headers and our name, as metadata. */
  readonly grpc?: { readonly headers: Readonly<Record<string, string>> };
}

/** What an endpoint is made of; plain data, so that it can be handed to a thread. */
export interface EndpointConfig {
  readonly url: string;
  /** Sent with each request: credentials and others, never shown or recorded. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM texts, not file names. */
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly insecure: boolean;
  };
}

/** @throws {Error} when the URL is not http(s), redis(s) or grpc(s), or a header is invalid. */
export function createEndpoint(config: EndpointConfig): Endpoint {
  const url = new URL(config.url);
  if (/^rediss?:$/.test(url.protocol)) return redisEndpoint(config, url);
  if (/^grpcs?:$/.test(url.protocol)) return grpcEndpoint(config, url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`the target must be an http or https URL, got ${url.protocol}//`);
  }
  const isTls = url.protocol === 'https:';
  const host = socketHost(url.hostname);
  const headers: [string, string][] = [
    ['Host', url.host],
    ['User-Agent', `memobuild-loadtest/${memobuildVersion}`],
    ...Object.entries(config.headers),
  ];
  const named = new Set(Object.keys(config.headers).map((name) => name.toLowerCase()));
  if (url.username !== '' && !named.has('authorization')) {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.push(['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]);
  }
  return {
    host,
    port: Number(url.port) || (isTls ? 443 : 80),
    tls: isTls ? tlsOptions(config.tls, host) : undefined,
    basePath: url.pathname.replace(/\/+$/, ''),
    headerLines: headers.map(headerLine).join(''),
  };
}

/** An `Authorization` header becomes AUTH: a token is a password, basic a user and a password. */
function redisEndpoint(config: EndpointConfig, url: URL): Endpoint {
  const host = socketHost(url.hostname);
  const entry = Object.entries(config.headers).find(
    ([name]) => name.toLowerCase() === 'authorization',
  );
  const [, scheme = '', secret = ''] = /^(bearer|basic) +(\S+) *$/i.exec(entry?.[1] ?? '') ?? [];
  const isBasic = scheme.toLowerCase() === 'basic';
  const pair = isBasic ? Buffer.from(secret, 'base64').toString() : '';
  const colon = pair.indexOf(':');
  const auth = isBasic ? [pair.slice(0, colon), pair.slice(colon + 1)] : [secret];
  return {
    host,
    port: Number(url.port) || 6379,
    tls: url.protocol === 'rediss:' ? tlsOptions(config.tls, host) : undefined,
    basePath: '',
    headerLines: '',
    redis: { auth: secret === '' ? undefined : auth.filter((word) => word !== '') },
  };
}

function grpcEndpoint(config: EndpointConfig, url: URL): Endpoint {
  const host = socketHost(url.hostname);
  const isTls = url.protocol === 'grpcs:';
  // Checks them as the others are checked; HTTP/2 forbids upper case.
  for (const header of Object.entries(config.headers)) headerLine(header);
  const headers = Object.fromEntries(
    Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    host,
    port: Number(url.port) || (isTls ? 443 : 80),
    tls: isTls ? { ...tlsOptions(config.tls, host), ALPNProtocols: ['h2'] } : undefined,
    basePath: url.pathname.replace(/\/+$/, ''),
    headerLines: '',
    grpc: { headers: { 'user-agent': `memobuild-loadtest/${memobuildVersion}`, ...headers } },
  };
}

function headerLine([name, value]: [string, string]): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    throw new Error(`'${name}' is not a header name`);
  }
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new Error(
      `the value of header '${name}' has characters that are not allowed in a header`,
    );
  }
  return `${name}: ${value}\r\n`;
}

function tlsOptions(tls: EndpointConfig['tls'], host: string): ConnectionOptions {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    rejectUnauthorized: !tls.insecure,
    ALPNProtocols: ['http/1.1'],
    // An address is not a server name (RFC 6066, 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}
