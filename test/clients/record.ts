// Records what a build tool and this server say to each other, for the fixtures that the handlers
// are tested against: `node --import tsx test/clients/record.ts turbo > src/protocols/…/turbo.json`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { RecordedExchange } from '../../src/protocols/conformance/index.ts';
import { bazel } from './bazel.ts';
import { type BuildTool, Project } from './build-tool.ts';
import { startCacheServer } from './cache-server.ts';
import { ccacheWays } from './ccache.ts';
import { gradle } from './gradle.ts';
import { moon } from './moon.ts';
import { nx } from './nx.ts';
import { turbo } from './turbo.ts';

const tools: Readonly<Record<string, BuildTool>> = {
  turbo,
  nx,
  gradle,
  'ccache-subdirs': ccacheWays[0]!,
  'ccache-flat': ccacheWays[1]!,
  'ccache-bazel': ccacheWays[2]!,
  bazel: bazel({
    name: 'bazel',
    namespace: 'team',
    flags: ({ url }) => [`--remote_cache=${url}/team`],
  }),
  moon: moon({ name: 'moon', namespace: 'team', api: 'http', host: ({ url }) => url }),
};

const name = process.argv[2] ?? '';
const tool = tools[name];
if (tool === undefined) throw new Error(`record takes one of ${Object.keys(tools).join(', ')}`);

const undone: (() => Promise<void> | void)[] = [];
const cleanup = { after: (undo: () => Promise<void> | void) => undone.push(undo) };
const dir = await mkdtemp(join(tmpdir(), 'memobuild-record-'));
const server = await startCacheServer(cleanup);
const exchanges: RecordedExchange[] = [];
const proxy = http.createServer((request, response) => {
  void pass(request, response);
});
await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const address = proxy.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const project = new Project(dir, 200);
await project.create();
await project.write('input.txt', 'int one = 1;\n');
await tool.createProject(project);
await writeFile(join(project.dir, 'noise.h'), 'static const unsigned char noise[] = {1};\n');
const cache = { ...server.address, url: `http://127.0.0.1:${port}` };
for (let round = 0; round < 2; round += 1) {
  const built = await tool.build(project, cache);
  if (built.exitCode !== 0) throw new Error(built.output);
  await project.removeOutputs(tool.outputs);
}
proxy.close();
for (const undo of undone) await undo();
await rm(dir, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(exchanges, undefined, 2)}\n`);

async function pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const sent = await buffer(request);
  const { method = 'GET', url = '/' } = request;
  const headers = flat(request.headers);
  const target = new URL(url, server.address.url);
  const onward = http.request(target, { method, headers, agent: false });
  onward.end(sent);
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    onward.on('response', resolve).on('error', reject);
  });
  const received = await buffer(answer);
  const { host: _host, connection: _connection, ...kept } = headers;
  exchanges.push({
    method,
    path: url,
    headers: kept,
    body: sent.toString('base64'),
    status: answer.statusCode ?? 0,
    answer: received.toString('base64'),
  });
  const { connection: _hop, 'transfer-encoding': _framing, ...answered } = flat(answer.headers);
  response.writeHead(answer.statusCode ?? 502, answered).end(received);
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
