// The least that answers: node:net, no parsing, the same bytes for each end of a head. PORT PROCESSES SIZE
import cluster from 'node:cluster';
import { createServer } from 'node:net';

const [port, processes, sizeBytes] = process.argv.slice(2).map(Number);

if (cluster.isPrimary && processes! > 1) {
  for (let index = 0; index < processes!; index += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit());
} else {
  const answer = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${sizeBytes}\r\n\r\n`),
    Buffer.alloc(sizeBytes!, 'x'),
  ]);
  const endOfHead = Buffer.from('\r\n\r\n');
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    // A head cut in two is missed: the load's heads are short and come whole.
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(endOfHead); at >= 0; at = chunk.indexOf(endOfHead, at + 4)) {
        socket.write(answer);
      }
    });
  });
  server.listen({ port, host: '127.0.0.1', backlog: 4096 });
}
