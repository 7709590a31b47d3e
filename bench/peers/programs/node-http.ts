// Plain node:http that serves bytes held in memory. PORT PROCESSES COUNT SIZE
import cluster from 'node:cluster';
import { createServer } from 'node:http';

const [port, processes, sizeBytes] = process.argv.slice(2).map(Number);

if (cluster.isPrimary && processes! > 1) {
  for (let index = 0; index < processes!; index += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit());
} else {
  const body = Buffer.alloc(sizeBytes!, 'x');
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    if (request.method === 'PUT') {
      request.resume().on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
      return;
    }
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
    });
    response.end(body);
  });
  server.listen({ port, host: '127.0.0.1', backlog: 4096 });
}
