// The least that asks: node:net, one request under way on each connection, answers known by their
// length alone. PORT CONNECTIONS SIZE SECONDS
import { connect } from 'node:net';
import { createHistogram } from 'node:perf_hooks';

/** What it prints. */
export interface BareClientReport {
  readonly operations: number;
  readonly tookMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
}

const [port, connections, sizeBytes, seconds] = process.argv.slice(2).map(Number);
const answerBytes = `HTTP/1.1 200 OK\r\nContent-Length: ${sizeBytes}\r\n\r\n`.length + sizeBytes!;
const key = 'a'.repeat(64);
const ask = Buffer.from(`GET /ac/${key} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
const latency = createHistogram({ highest: 60_000_000_000, figures: 3 });
const startedMs = performance.now();
const untilMs = startedMs + seconds! * 1000;
let operations = 0;
let errors = 0;
let open = connections!;

for (let index = 0; index < connections!; index += 1) {
  let received = 0;
  let sentMs = 0;
  const send = (): void => {
    sentMs = performance.now();
    socket.write(ask);
  };
  const socket = connect({
    port: port!,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(16 * 1024),
      callback: (bytes) => {
        received += bytes;
        if (received < answerBytes) return true;
        received = 0;
        const now = performance.now();
        operations += 1;
        latency.record(Math.max(1, Math.round((now - sentMs) * 1e6)));
        if (now < untilMs) send();
        else socket.destroy();
        return true;
      },
    },
  });
  socket.once('connect', send);
  socket.on('error', () => {
    errors += 1;
  });
  socket.once('close', () => {
    open -= 1;
    if (open === 0) report();
  });
}

function report(): void {
  const result: BareClientReport = {
    operations,
    tookMs: performance.now() - startedMs,
    p50Ms: latency.percentile(50) / 1e6,
    p99Ms: latency.percentile(99) / 1e6,
    errors,
  };
  process.stdout.write(JSON.stringify(result));
}
