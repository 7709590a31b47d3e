import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowContext, Sample } from './row.ts';
import { runCommand } from './run-command.ts';
import type { SpawnedServer } from './spawned.ts';
import { requireTool } from './tools.ts';

/** What wrk sends. `paths` are asked for in turn, by each of its threads from another start. */
export interface WrkLoad {
  readonly connections: number;
  readonly paths: readonly string[];
  /** Default GET. */
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** A body of so many bytes. */
  readonly bodyBytes?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a load that can be driven at a server, round after round. */
export async function prepareWrk(
  context: RowContext,
  name: string,
  load: WrkLoad,
): Promise<(server: SpawnedServer, seconds: number) => Promise<Sample>> {
  const wrk = requireTool('wrk');
  const script = join(context.dir, `${name}.lua`);
  await writeFile(script, luaOf(load));
  return async (server, seconds) => {
    const cpuBefore = server.tree.cpuUs();
    const args = ['-t2', `-c${load.connections}`, `-d${seconds}s`, '--timeout', '10s'];
    args.push('-s', script, server.url);
    const { stdout, cpuUs } = await runCommand(wrk, args, { deadlineMs: (seconds + 30) * 1000 });
    const serverCpuUs = server.tree.cpuUs() - cpuBefore;
    return sampleOf(stdout, { serverCpuUs, clientCpuUs: cpuUs });
  };
}

/** The figures that our `done` hook prints. wrk's own text rounds latencies to three digits. */
const reportForm =
  /^report requests=(\d+) durationUs=(\d+) bytes=(\d+) p50Us=([\d.]+) p99Us=([\d.]+) errors=(\d+)$/m;

function sampleOf(
  stdout: string,
  { serverCpuUs, clientCpuUs }: { serverCpuUs: number; clientCpuUs: number },
): Sample {
  const match = reportForm.exec(stdout);
  if (match === null) throw new Error(`wrk printed no report:\n${stdout}`);
  const [requests, durationUs, bytes, p50Us, p99Us, errors] = match.slice(1).map(Number);
  return {
    opsPerSec: (requests! / durationUs!) * 1e6,
    bytesPerSec: (bytes! / durationUs!) * 1e6,
    p50Ms: p50Us! / 1000,
    p99Ms: p99Us! / 1000,
    cpuUsPerOp: serverCpuUs / requests!,
    clientCpuUsPerOp: clientCpuUs / requests!,
    errors: errors!,
  };
}

/** Requests are formatted once per thread, so that the script costs a table lookup each. */
function luaOf({ paths, method = 'GET', bodyBytes, body, headers = {} }: WrkLoad): string {
  const bodyLua =
    body !== undefined
      ? luaString(body)
      : bodyBytes === undefined
        ? 'nil'
        : `string.rep("b", ${bodyBytes})`;
  return `
local paths = {${paths.map(luaString).join(',')}}
local threads = 0
function setup(thread) thread:set("start", threads * math.floor(#paths / 2)); threads = threads + 1 end
local requests, at = {}, 0
function init(args)
  wrk.method = "${method}"
  wrk.body = ${bodyLua}
${Object.entries(headers)
  .map(([name, value]) => `  wrk.headers[${luaString(name)}] = ${luaString(value)}`)
  .join('\n')}
  for index, path in ipairs(paths) do requests[index] = wrk.format(nil, path) end
  at = start
end
function request()
  at = at + 1
  if at > #requests then at = 1 end
  return requests[at]
end
function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("report requests=%d durationUs=%d bytes=%d p50Us=%.1f p99Us=%.1f errors=%d\\n",
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`;
}

function luaString(text: string): string {
  // Lua takes decimal escapes, so that a script can contain any byte.
  return `"${text.replace(/[^ !#-[\]-~]/g, (char) => `\\${String(char.charCodeAt(0)).padStart(3, '0')}`)}"`;
}
