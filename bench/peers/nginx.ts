import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort } from '../../src/testing/free-port.ts';
import type { RowContext } from '../framework/row.ts';
import { type SpawnedServer, spawnServer } from '../framework/spawned.ts';
import { requireTool } from '../framework/tools.ts';
import type { DataSet } from './data-set.ts';

/** nginx with two workers over a directory of plain files: no access log, sendfile, unlimited keep-alive. */
export async function startNginx(
  context: RowContext,
  options: {
    /** Keeps descriptors and sizes of files it has served. */
    readonly openFileCache: boolean;
    /** Takes PUT through its WebDAV module. */
    readonly dav?: boolean;
    readonly data?: DataSet;
  },
): Promise<SpawnedServer> {
  const nginx = requireTool('nginx');
  const dir = await mkdtemp(join(context.dir, 'nginx-'));
  await mkdir(join(dir, 'root', 'ac'), { recursive: true });
  for (const path of options.data?.paths ?? []) {
    const file = join(dir, 'root', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, options.data!.bytesOf(path));
  }
  const port = await freePort();
  const configPath = join(dir, 'nginx.conf');
  await writeFile(configPath, configOf(dir, port, options));
  return spawnServer(context, nginx, () => ['-p', dir, '-c', configPath, '-e', 'stderr'], {}, port);
}

function configOf(
  dir: string,
  port: number,
  options: { readonly openFileCache: boolean; readonly dav?: boolean },
): string {
  // Started by root, nginx would give its workers away to a user who may not read the directory.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
daemon off;
${user}
worker_processes 2;
worker_rlimit_nofile 16384;
error_log stderr error;
pid ${dir}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_max_body_size 1g;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  ${options.openFileCache ? 'open_file_cache max=100000 inactive=600s; open_file_cache_valid 600s;' : ''}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${dir}/root;
    ${options.dav === true ? 'dav_methods PUT DELETE; create_full_put_path on;' : ''}
  }
}
`;
}
