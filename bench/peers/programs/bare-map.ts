// The least that keeps: node:net over a map, plain GET, HEAD, PUT and DELETE with lengths and nothing
// else. It trusts its client. PORT
import { createServer } from 'node:net';

const [port] = process.argv.slice(2).map(Number);
const entries = new Map<string, Buffer>();
const endOfHead = Buffer.from('\r\n\r\n');
const done = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const missing = Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');

const server = createServer({ noDelay: true }, (socket) => {
  let held: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const headEnd = held.indexOf(endOfHead);
      if (headEnd < 0) return;
      const pathFrom = held.indexOf(0x20) + 1;
      const path = held.toString('latin1', pathFrom, held.indexOf(0x20, pathFrom));
      const method = held[0];
      const bodyFrom = headEnd + 4;
      const isPut = method === 0x50 && held[1] === 0x55;
      const length = isPut ? bodyLength(held.toString('latin1', pathFrom, headEnd)) : 0;
      if (held.length < bodyFrom + length) return;
      if (isPut) {
        entries.set(path, answerWith(held.subarray(bodyFrom, bodyFrom + length)));
        socket.write(done);
      } else if (method === 0x47) {
        socket.write(entries.get(path) ?? missing);
      } else {
        entries.delete(path);
        socket.write(done);
      }
      held = held.subarray(bodyFrom + length);
    }
  });
});
server.listen({ port, host: '127.0.0.1', backlog: 4096 });

function bodyLength(head: string): number {
  return Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
}

function answerWith(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
