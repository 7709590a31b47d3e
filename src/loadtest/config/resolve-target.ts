import { loadProtocols } from '../../protocols/load-protocols.ts';
import { type LoadTestConfig, type TargetConfig, targetForm } from './options/index.ts';

/** Protocols that are not HTTP/1 have URL schemes of their own. */
const otherForms = new Map(
  loadProtocols.flatMap(({ name, scheme }) => {
    if (scheme === 'http') return [];
    const form = `a ${scheme}:// or ${scheme}s:// URL with protocol ${name}, or embedded`;
    return [[name, { url: new RegExp(`^${scheme}s?://`, 'i'), form }] as const];
  }),
);
/** Schemes without TLS. */
const plainSchemes: ReadonlySet<string> = new Set(loadProtocols.map(({ scheme }) => `${scheme}:`));

const tokenForm = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
// Line breaks would smuggle a header; a byte beyond Latin-1 cannot be sent at all.
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Framing and addressing belong to the transport. */
const reservedHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
]);

/** Puts target, headers and TLS together. Adds to `problems` what is wrong, by key; never a secret. */
export function resolveTarget(
  config: Pick<
    LoadTestConfig,
    'protocol' | 'target' | 'serverArgs' | 'serverProgram' | 'headers' | 'tls'
  >,
  report: (key: keyof LoadTestConfig, problem: string) => void,
): TargetConfig | undefined {
  if (config.target === undefined || config.target === 'embedded') {
    for (const key of ['headers', 'tls'] as const) {
      if (config[key] !== undefined)
        report(key, 'needs a target URL; the run starts its own server');
    }
    const { serverArgs = [], serverProgram } = config;
    const program = serverProgram === undefined ? {} : { program: serverProgram };
    return { kind: 'embedded', serveArgs: serverArgs, storeBytesMax: undefined, ...program };
  }
  for (const key of ['serverArgs', 'serverProgram'] as const) {
    if (config[key] !== undefined)
      report(key, 'works only with the embedded target, not with a target URL');
  }
  const other = config.protocol === undefined ? undefined : otherForms.get(config.protocol);
  const url = parseTargetUrl(config.target, other?.url ?? /^https?:\/\//i);
  if (url === undefined) {
    // The text may hold a password, so it is not repeated.
    report('target', `must be ${other?.form ?? targetForm}${schemeHint(config)}`);
    return undefined;
  }
  const headers = checkedHeaders(config.headers ?? {}, report);
  if (url.username !== '' || url.password !== '') {
    if (headers.authorization !== undefined) {
      report(
        'target',
        'has user-info, and an authorization header is given too: give only one of them',
      );
    }
    headers.authorization = basicAuthorization(url);
    url.username = '';
    url.password = '';
  }
  const { ca, cert, key, insecure = false } = config.tls ?? {};
  if (config.tls !== undefined && plainSchemes.has(url.protocol))
    report('tls', 'needs a target with TLS: https://, rediss:// or grpcs://');
  if ((cert === undefined) !== (key === undefined)) report('tls', 'needs cert and key together');
  return {
    kind: 'url',
    url: url.href.replace(/\/$/, ''),
    headers,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      insecure,
    },
  };
}

/** A user who gives a URL of another protocol probably meant that protocol. */
function schemeHint({ protocol, target }: Pick<LoadTestConfig, 'protocol' | 'target'>): string {
  const meant = [...otherForms].find(([, { url }]) => url.test(target ?? ''));
  return meant === undefined || meant[0] === protocol
    ? ''
    : `; a URL of that scheme needs protocol ${meant[0]}`;
}

function parseTargetUrl(text: string, form: RegExp): URL | undefined {
  if (!form.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '') return undefined;
  return isDecodable(url.username) && isDecodable(url.password) ? url : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function checkedHeaders(
  given: Readonly<Record<string, string>>,
  report: (key: keyof LoadTestConfig, problem: string) => void,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (!tokenForm.test(name)) report('headers', `holds an invalid header name`);
    else if (reservedHeaders.has(lower)) report('headers', `may not set ${lower}`);
    else if (!valueForm.test(value))
      report('headers', `: the value of ${lower} has characters that are not allowed in a header`);
    else headers[lower] = value;
  }
  return headers;
}

function basicAuthorization(url: URL): string {
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
