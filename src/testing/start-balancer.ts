import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boundEnvironment } from './bound-environment.ts';
import { endProcess } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { OutputLines } from './output-lines.ts';
import { repositoryRoot } from './program.ts';
import { tempDir } from './temp-dir.ts';

/** For a test that needs the real HAProxy: where there is none it is skipped and says so. */
export const needsHaproxy: Need = needs('haproxy', '-v');
/** For a test that needs the real nginx. */
export const needsNginx: Need = needs('nginx', '-v');

export interface Need {
  readonly skip: string | false;
}

function needs(program: string, versionFlag: string): Need {
  const isAbsent = spawnSync(program, [versionFlag]).status !== 0;
  return { skip: isAbsent && `there is no ${program} here` };
}

/** The ports of one node behind a balancer. */
export interface NodePorts {
  readonly http: number;
  readonly grpc: number;
}

export interface Balancer {
  readonly httpUrl: string;
  readonly grpcUrl: string;
}

export interface Haproxy extends Balancer {
  /** What it knows of its nodes, by the name of the backend and the node. */
  servers(): Promise<readonly BalancedServer[]>;
}

/** A row of HAProxy's statistics. */
export interface BalancedServer {
  readonly backend: string;
  readonly node: string;
  /** `UP`, `DOWN`, `NOLB`: its check says that it ends what it has and gets nothing new. */
  readonly status: string;
  readonly sessions: number;
  /** Requests that it was sent and did not answer to the end. */
  readonly brokenOff: number;
}

/** Starts HAProxy with the configuration that the repository offers, in front of three nodes. */
export async function startHaproxy(t: Cleanup, nodes: readonly NodePorts[]): Promise<Haproxy> {
  const [http, grpc, status] = await threePorts();
  const env: Record<string, string> = {
    MEMOBUILD_BIND_HTTP: `127.0.0.1:${http}`,
    MEMOBUILD_BIND_GRPC: `127.0.0.1:${grpc}`,
    MEMOBUILD_BIND_STATUS: `127.0.0.1:${status}`,
  };
  for (const [index, ports] of nodes.entries()) {
    env[`MEMOBUILD_NODE${index + 1}_HTTP`] = `127.0.0.1:${ports.http}`;
    env[`MEMOBUILD_NODE${index + 1}_GRPC`] = `127.0.0.1:${ports.grpc}`;
  }
  const child = spawn('haproxy', ['-db', '-f', haproxyConfig], {
    env: boundEnvironment({ ...process.env, ...env }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => endProcess(child));
  const stderr = new OutputLines(child.stderr);
  const servers = async (): Promise<readonly BalancedServer[]> => {
    const answer = await fetch(`http://127.0.0.1:${status}/;csv`);
    return serversOf(await answer.text());
  };
  await untilServing(servers, () => child.exitCode === null, stderr);
  return { ...urlsOf(http, grpc), servers };
}

/**
 * Starts nginx with the configuration that the repository offers, on ports of the test's.
 * @param silenceSeconds how long a node may leave a request without an answer, 60 as it is offered.
 */
export async function startNginx(
  t: Cleanup,
  nodes: readonly NodePorts[],
  silenceSeconds: number,
): Promise<Balancer> {
  const [http, grpc] = await threePorts();
  const dir = await tempDir(t);
  await mkdir(join(dir, 'temp'));
  let config = await readFile(nginxConfig, 'utf8');
  const replace = (from: string, to: string): void => {
    if (!config.includes(from)) throw new Error(`${nginxConfig} has no '${from}'`);
    config = config.replaceAll(from, to);
  };
  for (const [index, ports] of nodes.entries()) {
    replace(`127.0.0.1:808${index + 1} `, `127.0.0.1:${ports.http} `);
    replace(`127.0.0.1:918${index + 1} `, `127.0.0.1:${ports.grpc} `);
  }
  replace('listen 8080 ', `listen 127.0.0.1:${http} `);
  replace('listen 9092 ', `listen 127.0.0.1:${grpc} `);
  replace('proxy_read_timeout 60s', `proxy_read_timeout ${silenceSeconds}s`);
  replace('/run/nginx.pid', join(dir, 'nginx.pid'));
  const tempPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(dir, 'temp', name)};`,
  );
  replace('\nhttp {\n', `\nhttp {\n${tempPaths.join('\n')}\n`);
  // Started by root, nginx would give its workers away to a user who may not read the directory.
  if (process.getuid?.() === 0) config = `user root;\n${config}`;
  const path = join(dir, 'nginx.conf');
  await writeFile(path, config);
  const child = spawn('nginx', ['-e', 'stderr', '-c', path, '-g', 'daemon off;'], {
    env: boundEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => endProcess(child));
  const urls = urlsOf(http, grpc);
  const stderr = new OutputLines(child.stderr);
  const ask = (): Promise<unknown> => fetch(`${urls.httpUrl}/readyz`);
  await untilServing(ask, () => child.exitCode === null, stderr);
  return urls;
}

const haproxyConfig = join(repositoryRoot, 'deploy', 'haproxy', 'haproxy.cfg');
const nginxConfig = join(repositoryRoot, 'deploy', 'nginx', 'nginx.conf');

async function threePorts(): Promise<[number, number, number]> {
  return await Promise.all([freePort(), freePort(), freePort()]);
}

function urlsOf(http: number, grpc: number): Balancer {
  return { httpUrl: `http://127.0.0.1:${http}`, grpcUrl: `grpc://127.0.0.1:${grpc}` };
}

async function untilServing(
  ask: () => Promise<unknown>,
  lives: () => boolean,
  stderr: OutputLines,
): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (lives() && performance.now() < deadlineMs) {
    if (await ask().catch(() => undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the balancer does not serve:\n${stderr.text()}`);
}

function serversOf(csv: string): readonly BalancedServer[] {
  const [head = '', ...rows] = csv.trim().split('\n');
  const names = head.replace(/^# /, '').split(',');
  return rows
    .map((row) => row.split(','))
    .map((fields) => (name: string) => fields[names.indexOf(name)] ?? '')
    .filter((field) => /^nodes_/.test(field('pxname')) && /^node/.test(field('svname')))
    .map((field) => ({
      backend: field('pxname'),
      node: field('svname'),
      status: field('status').split(' ')[0] ?? '',
      sessions: Number(field('stot')),
      brokenOff: Number(field('eresp')),
    }));
}
