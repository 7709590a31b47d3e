import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { freshKey, statsOf } from './serve-client.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('who may do what, on every kind of path', async (t) => {
  const tokens = join(await tempDir(t), 'tokens');
  await writeFile(tokens, 'bearer r-token read\nbearer w-token write\nbasic anna pw write\n');
  const server = await startServer(t, { args: ['--host', '0.0.0.0', '--tokens', tokens] });
  const url = `http://127.0.0.1:${server.port}`;
  const key = freshKey();
  const requests = [
    { method: 'GET', path: '/healthz', none: 200, read: 200, write: 200 },
    { method: 'GET', path: '/readyz', none: 200, read: 200, write: 200 },
    { method: 'GET', path: '/metrics', none: 401, read: 200, write: 200 },
    { method: 'GET', path: '/api/v1/stats', none: 401, read: 200, write: 200 },
    { method: 'GET', path: '/api/v1/openapi.json', none: 401, read: 200, write: 200 },
    {
      method: 'POST',
      path: '/api/v1/exists',
      body: '{"space":"cas","keys":[]}',
      none: 401,
      read: 200,
      write: 200,
    },
    {
      method: 'POST',
      path: '/api/v1/purge',
      body: '{"what":"namespace","namespace":"x"}',
      none: 401,
      read: 403,
      write: 200,
    },
    { method: 'PUT', path: `/ac/${key}`, body: 'x', none: 401, read: 403, write: 200 },
    {
      method: 'PUT',
      path: `/ac/${freshKey()}`,
      body: 'x'.repeat(300_000),
      none: 401,
      read: 403,
      write: 200,
    },
    { method: 'GET', path: `/ac/${key}`, none: 401, read: 200, write: 200 },
    { method: 'HEAD', path: `/ac/${key}`, none: 401, read: 200, write: 200 },
    { method: 'DELETE', path: `/ac/${key}`, none: 401, read: 403, write: 200 },
    { method: 'GET', path: '/nowhere', none: 401, read: 404, write: 404 },
  ];
  for (const { method, path, body, none, read, write } of requests) {
    for (const [authorization, expected] of [
      [undefined, none],
      ['Bearer nobody', none],
      ['Bearer r-token', read],
      [basic('anna:wrong'), none],
      // The last two may write; a DELETE can succeed once only.
      [
        method === 'DELETE' ? 'Bearer r-token' : basic('anna:pw'),
        method === 'DELETE' ? read : write,
      ],
      ['Bearer w-token', write],
    ] as const) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      if (path.startsWith('/api/')) headers['content-type'] = 'application/json';
      const response = await fetch(url + path, { method, headers, body: body ?? null });
      await response.arrayBuffer();
      assert.equal(response.status, expected, `${method} ${path} with ${authorization}`);
      if (expected === 401)
        assert.match(response.headers.get('www-authenticate') ?? '', /Bearer.*Basic/);
    }
  }
});

test('each scheme is offered on a line of its own, as clients read only the first of a line', async (t) => {
  const tokens = join(await tempDir(t), 'tokens');
  await writeFile(tokens, 'bearer w-token write\n', { mode: 0o600 });
  const { url } = await startServer(t, { args: ['--tokens', tokens] });
  const [response] = (await once(get(`${url}/ac/${freshKey()}`), 'response')) as [IncomingMessage];
  response.resume();
  assert.deepEqual(response.headersDistinct['www-authenticate'], [
    'Bearer',
    'Basic realm="memobuild"',
  ]);
});

test('a read-only server answers and takes nothing', async (t) => {
  const dir = await tempDir(t);
  const key = freshKey();
  const first = await startServer(t, { dir });
  await fetch(`${first.url}/ac/${key}`, { method: 'PUT', body: 'kept' });
  await first.stop();
  const server = await startServer(t, { dir, args: ['--read-only'] });
  assert.equal(await (await fetch(`${server.url}/ac/${key}`)).text(), 'kept');
  for (const [method, body] of [
    ['PUT', 'other'],
    ['PUT', 'x'.repeat(1_000_000)],
    ['DELETE', null],
  ] as const) {
    const response = await fetch(`${server.url}/ac/${key}`, { method, body });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /read_only/);
  }
});

describe('HTTPS', () => {
  test('serves with the certificate given, and with another one after SIGHUP', async (t) => {
    const dir = await tempDir(t);
    const cert = join(dir, 'cert.pem');
    const key = join(dir, 'key.pem');
    makeCertificate(cert, key, 'first');
    const args = ['--tls-cert', cert, '--tls-key', key, '--drain-window', '0'];
    const server = await startServer(t, { args });
    assert.match(server.url, /^https:/);
    const first = await httpsGet(server.port, await readFile(cert, 'utf8'));
    assert.deepEqual(first, { status: 200, body: 'ok\n', subject: 'first' });

    makeCertificate(cert, key, 'second');
    server.child.kill('SIGHUP');
    const ca = await readFile(cert, 'utf8');
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const answer = await httpsGet(server.port, ca).catch(() => undefined);
      if (answer?.subject === 'second') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail('the second certificate is never presented');
  });

  test('a certificate that is invalid is wrong usage', async (t) => {
    const file = join(await tempDir(t), 'x.pem');
    await writeFile(file, 'not a certificate');
    const args = ['serve', '--port', '0', '--tls-cert', file, '--tls-key', file];
    const run = await runMemobuild(args, { deadlineMs: 20_000 });
    assert.equal(run.exitCode, 2);
    assert.match(run.stderr, /--tls-cert and --tls-key are not a certificate/);
  });
});

test('memobuild purge deletes a key, a namespace and what is unused, with a token', async (t) => {
  const dir = await tempDir(t);
  const tokens = join(dir, 'tokens');
  const tokenFile = join(dir, 'token');
  const headers = { authorization: 'Bearer w-token' };
  await writeFile(tokens, 'bearer w-token write\nbearer r-token read\n');
  await writeFile(tokenFile, 'w-token\n');
  const server = await startServer(t, { args: ['--tokens', tokens] });
  const keys = [freshKey(), freshKey(), freshKey()];
  for (const [index, key] of keys.entries()) {
    const path = `${server.url}/${index === 2 ? 'other' : 'team/x'}/ac/${key}`;
    await fetch(path, { method: 'PUT', body: 'x', headers });
  }
  const purge = async (...args: string[]): Promise<{ code: number | null; text: string }> => {
    const run = await runMemobuild(['purge', '--url', server.url, ...args], { deadlineMs: 20_000 });
    return { code: run.exitCode, text: run.stdout + run.stderr };
  };
  const token = ['--token-file', tokenFile];
  assert.deepEqual(await purge(...token, '--key', `ac/team/x/${keys[0]}`), {
    code: 0,
    text: 'deleted 1 entries, 1 B\n',
  });
  assert.equal((await statsOf(server.url, headers)).store.entries, 2);
  assert.match((await purge(...token, '--namespace', 'team/x')).text, /deleted 1 entries/);
  assert.match((await purge(...token, '--older-than', '1h')).text, /deleted 0 entries/);
  // Uses are noted to the minute, so nothing counts as unused before one has passed.
  assert.match((await purge(...token, '--unused-for', '0s')).text, /deleted 0 entries/);
  assert.match((await purge(...token, '--older-than', '0s')).text, /deleted 1 entries/);
  assert.equal((await statsOf(server.url, headers)).store.entries, 0);

  assert.equal((await purge('--unused-for', '0s')).code, 3, 'no token');
  assert.match((await purge('--unused-for', '0s')).text, /401/);
  assert.equal((await purge(...token)).code, 2, 'nothing selected');
  assert.equal((await purge(...token, '--key', 'cas/xyz')).code, 2);
  assert.equal((await purge(...token, '--older-than', 'soon')).code, 2);
  await server.stop();
  const gone = await purge(...token, '--unused-for', '0s');
  assert.equal(gone.code, 3);
  assert.match(gone.text, /does not answer: ECONNREFUSED/);
});

function makeCertificate(cert: string, key: string, name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', [...kind, '-nodes', '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
}

function httpsGet(
  port: number,
  ca: string,
): Promise<{ status: number | undefined; body: string; subject: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/healthz', ca, agent: false as const };
    request(options, (response) => {
      const socket = response.socket as import('node:tls').TLSSocket;
      const subject = String(socket.getPeerCertificate().subject.CN);
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode, body, subject }));
    })
      .on('error', reject)
      .end();
  });
}
