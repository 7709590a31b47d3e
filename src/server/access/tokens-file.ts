import { type Credential, hashSecret } from './auth.ts';

/**
 * Reads a tokens file: one credential per line,
 *
 *     # comment
 *     bearer <token> <scope> [name]
 *     basic <user> <password> <scope>
 *
 * or the same as YAML, a list of `{ bearer, scope, name? }` and `{ user, password, scope }`. A
 * scope is `read`, or `write`, which includes it. Problems name the line or entry and never a secret.
 */
export async function parseTokens(text: string): Promise<ParsedTokens> {
  const entries = looksLikeYaml(text) ? await yamlEntries(text) : lineEntries(text);
  const found = entries.flatMap((entry) => (entry.kind === 'problem' ? [entry.problem] : []));
  const problems = found.slice(0, problemsMax);
  if (found.length > problemsMax) problems.push(`has ${found.length - problemsMax} more problems`);
  const credentials = entries.flatMap((entry) =>
    entry.kind === 'credential' ? [entry.credential] : [],
  );
  if (entries.length === 0) problems.push('holds no credential: no request would be allowed');
  return { credentials, problems };
}

export interface ParsedTokens {
  readonly credentials: readonly Credential[];
  readonly problems: readonly string[];
}

/** So many are named. */
const problemsMax = 20;

type Entry =
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'problem'; readonly problem: string };

const lineForms = 'bearer TOKEN read|write [NAME], or basic USER PASSWORD read|write';
const entryForms =
  '{ bearer: TOKEN, scope: read|write, name?: NAME } or { user: USER, password: PASSWORD, scope: read|write }';

/** Lines begin with a scheme; YAML with a list's dash or bracket. */
function looksLikeYaml(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  return first !== undefined && /^\s*(-|\[|\{)/.test(first);
}

function lineEntries(text: string): Entry[] {
  return text.split(/\r?\n/).flatMap((line, index): Entry[] => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) return [];
    const where = `line ${index + 1}`;
    const [scheme, first, second, third] = words;
    if (scheme === 'bearer' && (words.length === 3 || words.length === 4)) {
      return [bearer(where, first, second, third)];
    }
    if (scheme === 'basic' && words.length === 4) return [basic(where, first, second, third)];
    return [problem(where, `must be ${lineForms}`)];
  });
}

async function yamlEntries(text: string): Promise<Entry[]> {
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // The parser's message would quote the text, and with it a secret.
    return [problem('the file', 'is neither lines of credentials nor YAML')];
  }
  if (!Array.isArray(content)) return [problem('the file', `must be a list of ${entryForms}`)];
  return content.map((value: unknown, index): Entry => {
    const where = `entry ${index + 1}`;
    if (typeof value !== 'object' || value === null) return problem(where, `must be ${entryForms}`);
    const entry = value as Record<string, unknown>;
    const keys = Object.keys(entry).sort().join(' ');
    if (keys === 'bearer scope' || keys === 'bearer name scope') {
      return bearer(where, entry.bearer, entry.scope, entry.name);
    }
    if (keys === 'password scope user') {
      return basic(where, entry.user, entry.password, entry.scope);
    }
    return problem(where, `must be ${entryForms}`);
  });
}

function bearer(where: string, token: unknown, scope: unknown, name: unknown): Entry {
  if (!isScope(scope)) return problem(where, 'must have the scope read or write');
  // RFC 6750, 2.1: what a bearer token may consist of.
  if (typeof token !== 'string' || !/^[\w\-.~+/]+=*$/.test(token)) {
    return problem(where, 'must have a token of letters, digits and - . _ ~ + / =');
  }
  const shown = typeof name === 'string' && name !== '' ? name : where;
  return credential('bearer', shown, token, scope);
}

function basic(where: string, user: unknown, password: unknown, scope: unknown): Entry {
  if (!isScope(scope)) return problem(where, 'must have the scope read or write');
  if (typeof user !== 'string' || user === '' || user.includes(':')) {
    return problem(where, 'must have a user name without a colon');
  }
  if (typeof password !== 'string' || password === '')
    return problem(where, 'must have a password');
  return credential('basic', user, `${user}:${password}`, scope);
}

function credential(
  scheme: Credential['scheme'],
  name: string,
  secret: string,
  scope: Credential['scope'],
): Entry {
  return {
    kind: 'credential',
    credential: { name, scheme, secretSha256: hashSecret(secret), scope },
  };
}

function problem(where: string, text: string): Entry {
  return { kind: 'problem', problem: `${where} ${text}` };
}

function isScope(value: unknown): value is Credential['scope'] {
  return value === 'read' || value === 'write';
}
