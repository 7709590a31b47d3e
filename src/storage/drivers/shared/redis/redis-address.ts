import { withoutPasswords } from '../../../../core/index.ts';

/** A host and a port. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is: one server, or the one that Sentinels name. */
export interface RedisAddress {
  readonly kind: 'server' | 'sentinel';
  /** The server, or the Sentinels. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]];
  /** What the Sentinels call the server; '' without them. */
  readonly masterName: string;
  readonly isTls: boolean;
  /** An ACL user; `undefined`: the default one. */
  readonly username: string | undefined;
  readonly database: number;
}

/** For messages about {@link parseRedisAddress}. */
export const redisAddressTakes =
  'redis://[USER@]HOST[:PORT][/DB], rediss:// for TLS, or redis+sentinel://HOST[:PORT],…/NAME[/DB], without a password';

const form = /^(redis|rediss|redis\+sentinel|rediss\+sentinel):\/\/(?:([^@/]*)@)?([^@/]+)(\/.*)?$/;

/**
 * Reads the URL of a Redis or of the Sentinels that know it. A password is refused, since a URL is
 * shown by process lists and logs.
 * @returns `undefined` for what is not of this form.
 */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  const [, scheme = '', user, hosts = '', path = ''] = form.exec(text) ?? [];
  const username = decodedUser(user);
  if (scheme === '' || username === undefined) return undefined;
  const isSentinel = scheme.endsWith('+sentinel');
  const [, ...segments] = path.replace(/\/$/, '').split('/');
  const masterName = isSentinel ? segments.shift() : '';
  const [database = '0', ...rest] = segments;
  if (masterName === undefined || rest.length > 0 || !/^\d{1,5}$/.test(database)) return undefined;
  const nodes = hosts.split(',').map((one) => nodeOf(one, isSentinel ? 26_379 : 6_379));
  const [first, ...others] = nodes.filter((node) => node !== undefined);
  if (first === undefined || others.length + 1 < nodes.length) return undefined;
  if (!isSentinel && others.length > 0) return undefined;
  return {
    kind: isSentinel ? 'sentinel' : 'server',
    nodes: [first, ...others],
    masterName,
    isTls: scheme.startsWith('rediss'),
    username: username === '' ? undefined : username,
    database: Number(database),
  };
}

/** The address as messages show it. */
export function showRedisAddress({ nodes, kind, masterName }: RedisAddress): string {
  const hosts = nodes.map(({ host, port }) =>
    host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
  );
  const where = withoutPasswords(hosts.join(','));
  return kind === 'sentinel' ? `${masterName} of the Sentinels at ${where}` : where;
}

/** @returns '' where none is named, `undefined` for what is not a name or comes with a password. */
function decodedUser(user = ''): string | undefined {
  if (user.includes(':')) return undefined;
  try {
    return decodeURIComponent(user);
  } catch {
    return undefined;
  }
}

function nodeOf(text: string, defaultPort: number): RedisNode | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? defaultPort : Number(port);
  return host === undefined || number > 65_535 ? undefined : { host, port: number };
}
