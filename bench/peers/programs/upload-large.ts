// PUTs bodies of SIZE bytes over CONNECTIONS connections until SECONDS are over. PORT CONNECTIONS SIZE SECONDS
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { UploadReport } from '../upload-large.ts';

const [port, connections, sizeBytes, seconds] = process.argv.slice(2).map(Number);
const piece = randomBytes(256 * 1024);
const startedMs = performance.now();
let acknowledged = 0;
let refused = 0;

async function upload(index: number): Promise<void> {
  const socket = connect({ port: port!, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.setEncoding('latin1');
  const key = createHash('sha256').update(`upload ${index}`).digest('hex');
  while (performance.now() - startedMs < seconds! * 1000) {
    const head = `PUT /ac/${key} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${sizeBytes}\r\n\r\n`;
    socket.write(head);
    const answer = answerOf(socket);
    for (let sent = 0; sent < sizeBytes!; sent += piece.length) {
      const isRoom = socket.write(piece.subarray(0, Math.min(piece.length, sizeBytes! - sent)));
      if (!isRoom) await once(socket, 'drain');
    }
    if (/^HTTP\/1\.1 20[014] /.test(await answer)) acknowledged += 1;
    else refused += 1;
  }
  socket.destroy();
}

/** Heads of answers to a PUT fit one packet, and their bodies are empty or short. */
async function answerOf(socket: Socket): Promise<string> {
  const [text]: string[] = await once(socket, 'data');
  return text ?? '';
}

await Promise.all(Array.from({ length: connections! }, (_, index) => upload(index)));
const report: UploadReport = { acknowledged, refused, tookMs: performance.now() - startedMs };
process.stdout.write(JSON.stringify(report));
