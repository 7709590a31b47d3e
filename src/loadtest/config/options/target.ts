import { z } from 'zod';
import { type LoadProtocolName, loadProtocols } from '../../../protocols/load-protocols.ts';
import { choice, size, structure, text } from './kinds.ts';
import { option } from './option.ts';

/**
 * The protocol of the target. `memobuild`: one artifact under one key; `bazel`: an action result
 * that names a blob; `reapi`: the same over gRPC; the others as the tool of that name does;
 * `generic`: plain GET and PUT.
 */
export type ProtocolName = LoadProtocolName;

export const protocolNames: readonly ProtocolName[] = loadProtocols.map(({ name }) => name);

export const targetForm = 'an http:// or https:// URL of a cache (no query), or embedded';

/** Somebody's cache: limit on the bytes that the run stores. */
const maxStoredBytesElsewhere = 2 ** 30;
/**
 * A server of the run's own is bounded itself and drops what is least recently used, so a long
 * scenario keeps its true duration and fills no disk. Its evictions are distinguished from losses.
 */
export const maxStoredBytesEmbedded: number = 2 ** 40;

/** Which cache is driven, as whom, and what it may be filled with. */
export const targetOptions = {
  target: option(text(targetForm), {
    flag: '--target <url>',
    defaultText: 'an embedded server, on a free port',
    about: 'the cache to test',
    fullAbout:
      'the cache to test; user-info of its URL is sent as basic authorization and never shown',
    composed: true,
    mayBeSecret: true,
    recordedAs: {
      as: 'target',
      schema: z.string().describe('embedded, or a URL without credentials'),
      of: ({ target }) => (target.kind === 'url' ? target.url : 'embedded'),
    },
    comparable: {
      as: 'kind of target',
      text: (target: string) => (target === 'embedded' ? 'embedded server' : 'server by URL'),
    },
  }),
  protocol: option(choice(protocolNames), {
    flag: '--protocol <name>',
    default: 'memobuild',
    defaultText: '',
    about: `memobuild (default), ${alternatives(protocolNames.slice(1))}`,
    fullAbout: 'the protocol to use',
    recordedAs: 'protocol',
    comparable: 'protocol',
  }),
  instance: option(
    text(
      'a name of letters, digits, . _ - and / between (no ..), up to 200 characters',
      (value) => /^([\w-][\w.-]*(\/[\w-][\w.-]*)*)?$/.test(value) && value.length <= 200,
    ),
    {
      flag: '--instance <name>',
      default: '',
      about: 'namespace of the keys',
      recordedAs: 'instance',
      comparable: false,
    },
  ),
  headers: option(
    structure<Readonly<Record<string, string>>>(
      'names with strings',
      z.record(z.string(), z.string('names with strings'), 'names with strings'),
    ),
    {
      flags: [
        {
          flag: '--header <name: value>',
          about: 'sent with each request; repeatable; not for secrets',
          repeatable: true,
        },
        { flag: '--header-file <file>', about: 'the same from a file, one per line' },
        { flag: '--token-file <file>', about: 'bearer token' },
        { flag: '--bearer-env <var>', about: 'environment variable with a bearer token' },
        { flag: '--basic-env <var>', about: 'environment variable with user:password' },
      ],
      label: '--header, a token or basic authorization',
      about: 'sent to a target URL with each request, never shown or recorded',
      composed: true,
      mayBeSecret: true,
      notInFiles: true,
    },
  ),
  tls: option(structure<TlsGiven>('ca, cert, key (PEM strings) and insecure', tlsSchema()), {
    flags: [
      { flag: '--ca <file>', about: 'PEM of the authority that signed the target' },
      { flag: '--cert <file>', about: 'PEM of a client certificate, with --key' },
      { flag: '--key <file>', about: 'PEM of its key' },
      { flag: '--insecure-tls', about: 'accept any certificate' },
    ],
    label: '--ca, --cert, --key, --insecure-tls',
    about: 'certificates and key for a target URL, and whether any certificate is accepted',
    composed: true,
    mayBeSecret: true,
    notInFiles: true,
  }),
  serverArgs: option(
    structure<readonly string[]>(
      'a list of strings',
      z.array(z.string('a list of strings'), 'a list of strings'),
    ),
    {
      flag: '--server-arg <arg>',
      repeatable: true,
      about: 'for the embedded server: an argument of memobuild serve; repeatable',
      fullAbout: 'for the embedded server: further arguments of memobuild serve',
      composed: true,
    },
  ),
  serverProgram: option(text('the path of a bin/memobuild.js'), {
    flag: '--server-program <file>',
    about: 'bin/memobuild.js of another checkout, whose server is tested',
    composed: true,
  }),
  maxStoredBytes: option(size(), {
    flag: '--max-stored <size>',
    default: ({ target }) =>
      target === 'embedded' ? maxStoredBytesEmbedded : maxStoredBytesElsewhere,
    defaultText: '1GiB; no limit for the embedded server',
    about: 'limit on the bytes that the run stores',
    recordedAs: 'max_stored_bytes',
    comparable: false,
  }),
};

function alternatives(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** PEM texts, and whether any certificate is accepted. */
export interface TlsGiven {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly insecure?: boolean | undefined;
}

function tlsSchema(): z.ZodType<TlsGiven, TlsGiven> {
  const pem = z.string('PEM text').optional();
  return z.strictObject(
    { ca: pem, cert: pem, key: pem, insecure: z.boolean('true or false').optional() },
    'ca, cert, key (PEM strings) and insecure',
  );
}
